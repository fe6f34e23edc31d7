using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Aws;

namespace ImageBuilder.Tests.Program;

/// <summary>Distribute, Promote, Undo and Sweep with the real clients of AWS, against a server that keeps state and compares requests with the public models.</summary>
public sealed class ServedDistributionTests : DistributionWorld
{
    private readonly CloudServer _server;

    public ServedDistributionTests() => _server = World.Serve(West);

    [Fact]
    public void Everything_that_is_asked_for_fits_the_models_and_does_what_the_recipe_says()
    {
        World.Run("--target=Promote");
        _server.Requests.Fit();
        IsDistributed();
        Assert.Equal(["210987654321"], Stock(West).Permissions[Stock(West).Images.Keys.Single()].Accounts);
        Assert.NotNull(Stock(East).Images.Values.Single().Deprecated);
        Assert.Equal(World.Engine.Disk, DiskIn(East, Stock(East).Snapshots.Keys.Single()));

        Run(0, "Sweep", $"--region={West}", $"--region={East}", "--older-than=0d");
        IsDistributed();
        Stock(West).Permissions[Stock(West).Images.Keys.Single()] = new LaunchPermissions();
        Stock(East).Permissions[Stock(East).Images.Keys.Single()] = new LaunchPermissions();
        Run(0, "Undo");
        Assert.Empty(Stock(West).Images);
        Assert.Empty(Stock(East).Snapshots);
        _server.Requests.Fit();
    }

    [Fact]
    public void A_new_version_sends_only_what_changed()
    {
        Run(0, "Distribute");
        Change("1.0.1", DiskOf(1, 2, 0, 4, 0));
        _server.Asked.Clear();
        Run(0, "Distribute");
        Assert.Equal(2, _server.Asked.Count(a => a.EndsWith("PutSnapshotBlock", StringComparison.Ordinal)));
        Assert.Equal(World.Engine.Disk, DiskIn(West, Stock(West).Images.Values.Single(i => i.Name == "web 1.0.1").Snapshots[0]));
        _server.Requests.Fit();
    }

    /// <summary>Three of ten requests are throttled, one fails, some are answered as before and of some the answer gets lost.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Faults_of_all_kinds_cost_time_and_nothing_else(int seed)
    {
        _server.FailsAtRandom(seed);
        var exit = World.Run("--target=Promote");
        Assert.True(exit is 0 or (int)ExitCode.DistributionPartial, World.Shown);
        _server.Faults = _ => Fault.None;
        if (exit != 0) Run(0, "Promote");
        Run(0, "Sweep", $"--region={West}", $"--region={East}", "--older-than=0d");
        IsDistributed();
        _server.Requests.Fit();
    }

    [Theory]
    [InlineData(nameof(Fault.Down))]
    [InlineData(nameof(Fault.Expired))]
    public void What_one_region_cannot_do_is_done_by_the_next_run_alone(string kind)
    {
        var fault = Enum.Parse<Fault>(kind);
        _server.Faults = call => call.StartsWith(East, StringComparison.Ordinal) ? fault : Fault.None;
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Single(Stock(West).Images);
        Assert.Empty(Stock(East).Images);
        _server.Faults = _ => Fault.None;
        _server.Asked.Clear();
        Run(0, "Promote");
        IsDistributed();
        Assert.DoesNotContain(_server.Asked, a => a.StartsWith(West, StringComparison.Ordinal) && a.EndsWith("Snapshot", StringComparison.Ordinal));
        _server.Requests.Fit();
    }

    private void IsDistributed()
    {
        foreach (var region in (string[])[West, East])
        {
            var image = Assert.Single(Stock(region).Images.Values);
            Assert.Equal(("web 1.0.0", CloudTags.Kept), (image.Name, image.Tags[CloudTags.State]));
            Assert.Equal(Assert.Single(image.Snapshots), Assert.Single(Stock(region).Snapshots).Key);
            Assert.Equal(image.Id, Stock(region).Parameters["/images/web"]);
            var (images, number) = Stock(region).Templates["lt-web"];
            Assert.Equal(image.Id, images[(int)number - 1]);
        }
    }
}
