using ImageBuilder.Journals;
using ImageBuilder.Tests.Aws;

namespace ImageBuilder.Tests.Program;

/// <summary>The aws engine with the real clients of AWS, against a server that keeps state and compares requests with the public models.</summary>
public sealed class ServedEngineTests : AwsEngineWorld
{
    private readonly CloudServer _server;

    public ServedEngineTests() => _server = World.Serve(Region);

    [Fact]
    public void An_image_is_built_and_tested_by_requests_that_fit_the_models()
    {
        Run(0, "Image");
        _server.Requests.Fit();
        var image = Assert.Single(Stock.Images.Values, i => i.Id != Parent);
        Assert.Equal((CloudTags.Kept, "passed"), (image.Tags[CloudTags.State], image.Tags["imagebuilder:tested"]));
        Assert.All(Stock.Instances.Values, i => Assert.Equal("terminated", i.State));
        Assert.All(Stock.Started.Values, i => Assert.True(i.Encrypted));
        Assert.Empty(Stock.Groups);
        Assert.Contains("hello again", File.ReadAllText(Directory.GetFiles(Path.Combine(Folder, "logs"), "*Use.log").Single()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Faults_of_all_kinds_run_no_step_twice(int seed)
    {
        Counts();
        _server.FailsAtRandom(seed);
        var exit = World.Run("--target=Image", "--engine=aws");
        _server.Faults = _ => Fault.None;
        Assert.InRange(Runs, exit == 0 ? 1 : 0, 1);
        if (exit != 0) Run(0, "Image");
        Run(0, "Sweep", $"--region={Region}", "--older-than=0d");
        _server.Requests.Fit();
        Assert.All(Stock.Instances.Values, i => Assert.Equal("terminated", i.State));
        Assert.Empty(Stock.Groups);
        Assert.Single(Stock.Snapshots);
    }

    [Fact]
    public void A_command_whose_answer_gets_lost_is_not_sent_again()
    {
        Counts();
        var sent = 0;
        _server.Faults = call => call == $"{Region} SendCommand" && ++sent % 2 == 1 ? Fault.Unanswered : Fault.None;
        Run(0, "Customize");
        Assert.Equal(1, Runs);
        Assert.Equal(sent, _server.Asked.Count(a => a == $"{Region} SendCommand"));
        Assert.Equal((sent + 1) / 2, _server.Asked.Count(a => a == $"{Region} ListCommands"));
    }

    private string Journal => Path.Combine(World.Folder, "runs");

    // How often the step ran.
    private int Runs => File.Exists(Journal) ? File.ReadAllLines(Journal).Length : 0;

    private void Counts() => Component($"""
              - name: build
                steps:
                  - name: Once
                    action: ExecuteBash
                    inputs:
                      commands: ["echo once >>{Journal}"]
            """);
}
