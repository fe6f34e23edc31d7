using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>Distribution when calls of the cloud fail.</summary>
public sealed class DistributionFaultTests : DistributionWorld
{
    [Fact]
    public void A_call_that_fails_at_any_place_leaves_no_second_image_and_nothing_else()
    {
        Run(0, "Promote");
        // Every kind of call in each region, when it comes first.
        var firsts = World.Cloud.Calls.Select((call, i) => (Call: call, At: i + 1)).DistinctBy(c => c.Call).ToList();
        Assert.InRange(firsts.Count, 30, 60);
        foreach (var (call, at) in firsts)
        {
            // What only looks has no effect that could be lost.
            foreach (var how in HasEffect(call) ? (Failing[])[Failing.Before, Failing.After] : [Failing.Before])
            {
                using var test = new DistributionFaultTests();
                test.World.Cloud.Fails = (_, number) => number == at ? how : Failing.Never;
                var exit = test.World.Run("--target=Promote");
                Assert.True(exit is 0 or (int)ExitCode.DistributionPartial or (int)ExitCode.BuildFailed, $"{at} {how}: {exit} {test.World.Error}");
                test.World.Cloud.Fails = (_, _) => Failing.Never;
                if (exit != 0) test.Run(0, "Promote");
                test.Run(0, "Sweep");
                foreach (var region in (string[])[West, East])
                {
                    var image = Assert.Single(test.Stock(region).Images.Values);
                    Assert.Equal(Assert.Single(image.Snapshots), Assert.Single(test.Stock(region).Snapshots).Key);
                    Assert.Equal(CloudTags.Kept, image.Tags[CloudTags.State]);
                    Assert.Equal(image.Id, test.Stock(region).Parameters["/images/web"]);
                    var (images, number) = test.Stock(region).Templates["lt-web"];
                    Assert.Equal(image.Id, images[(int)number - 1]);
                }
            }
        }
    }

    [Fact]
    public void An_import_that_fails_at_any_call_leaves_one_snapshot_for_each_image_after_the_next_run()
    {
        Imports();
        Run(0, "Distribute");
        foreach (var (at, call) in World.Cloud.Calls.Index())
        {
            // As above; but an import ends while somebody looks.
            foreach (var how in HasEffect(call) || call.EndsWith(" transfer", StringComparison.Ordinal) ? (Failing[])[Failing.Before, Failing.After] : [Failing.Before])
            {
                using var test = new DistributionFaultTests();
                test.Imports();
                test.World.Cloud.Fails = (_, number) => number == at + 1 ? how : Failing.Never;
                var exit = test.World.Run("--target=Distribute");
                test.World.Cloud.Fails = (_, _) => Failing.Never;
                if (exit != 0) test.Run(0, "Distribute");
                test.Run(0, "Sweep", "--older-than=0d");
                foreach (var region in (string[])[West, East])
                {
                    Assert.Equal(Assert.Single(Assert.Single(test.Stock(region).Images.Values).Snapshots), Assert.Single(test.Stock(region).Snapshots).Key);
                    Assert.Empty(test.Stock(region).Objects);
                    Assert.All(test.Stock(region).Transfers.Values, t => Assert.NotEqual("active", t.State));
                }
            }
        }
    }

    /// <summary>Every tenth call fails, some after they had their effect; a seed says which. IMAGEBUILDER_FAULT_RUNS says how many runs.</summary>
    [Fact]
    public void Runs_full_of_faults_end_complete_or_say_what_is_missing_and_leave_nothing()
    {
        var runs = int.TryParse(Environment.GetEnvironmentVariable("IMAGEBUILDER_FAULT_RUNS"), out var wanted) ? wanted : 8;
        var complete = 0;
        for (var seed = 0; seed < runs; seed++)
        {
            using var test = new DistributionFaultTests();
            var (random, gate) = (new Random(seed), new Lock());
            test.World.Cloud.Fails = (_, _) =>
            {
                lock (gate) return random.Next(100) switch { < 5 => Failing.Before, < 10 => Failing.After, _ => Failing.Never };
            };
            var exit = test.World.Run("--target=Promote");
            if (exit == 0) complete++;
            else Assert.True(exit is (int)ExitCode.DistributionPartial or (int)ExitCode.BuildFailed, $"{seed}: {exit} {test.World.Error}");
            var record = Path.Combine(test.World.ArtifactsOf("web"), RecordFiles.DistributionFile);
            if (exit == (int)ExitCode.DistributionPartial && File.Exists(record)) // what it calls done is there
                foreach (var region in (string[])[West, East])
                    Assert.All(test.Stock(region).Images.Keys.Where(id => File.ReadAllText(record).Contains($"\"image\": \"{id}\"", StringComparison.Ordinal)),
                        id => Assert.Equal("web 1.0.0", test.Stock(region).Images[id].Name));
            test.World.Cloud.Fails = (_, _) => Failing.Never;
            test.Run(0, "Promote");
            test.Run(0, "Sweep");
            foreach (var region in (string[])[West, East])
            {
                var image = Assert.Single(test.Stock(region).Images.Values);
                Assert.Equal(Assert.Single(image.Snapshots), Assert.Single(test.Stock(region).Snapshots).Key);
                Assert.Equal(image.Id, test.Stock(region).Parameters["/images/web"]);
            }
        }

        Assert.InRange(complete, 0, runs - 1);
    }

    private static bool HasEffect(string call) => char.IsUpper(call.Split(' ')[1][0]);
}
