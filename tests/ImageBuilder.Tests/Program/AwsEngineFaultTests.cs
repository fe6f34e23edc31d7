using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>The aws engine when calls of the cloud fail.</summary>
public sealed class AwsEngineFaultTests : AwsEngineWorld
{
    [Fact]
    public void Whatever_call_fails_once_the_next_run_completes_and_nothing_is_left()
    {
        Component("""
              - name: build
                steps:
                  - {name: Nothing, action: ExecuteBash, inputs: {commands: ["true"]}}
            """);
        Run(0, "Image");
        var calls = World.Cloud.Calls.Where(Changes).Distinct().ToList();
        foreach (var (call, failing) in calls.SelectMany(c => (IEnumerable<(string, Failing)>)[(c, Failing.Before), (c, Failing.After)]))
        {
            Directory.Delete(Path.Combine(World.Folder, "artifacts"), recursive: true);
            foreach (var made in Stock.Images.Keys.Where(k => k != Parent).ToList()) Stock.Images.Remove(made);
            Stock.Snapshots.Clear();
            World.Cloud.Restart();
            var failed = false;
            World.Cloud.Fails = (c, _) => c == call && !failed && (failed = true) ? failing : Failing.Never;
            World.Run("--target=Image", "--engine=aws");
            Assert.True(failed);
            Run(0, "Image");
            Run(0, "Sweep", "--older-than=0d");
            Assert.All(Stock.Instances.Values, i => Assert.Equal("terminated", i.State));
            Assert.Empty(Stock.Groups);
            Assert.Single(Stock.Images.Values, i => i.Id != Parent);
            Assert.Single(Stock.Snapshots);
        }
    }
}
