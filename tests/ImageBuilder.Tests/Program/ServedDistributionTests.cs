using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Tests.Aws;
using ImageBuilder.Tests.Clouds;

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
    public void Keys_licenses_fast_launch_roles_and_everybody_who_may_use_it()
    {
        const string Team = "210987654321";
        const string Key = "alias/images";
        const string License = "arn:aws:license-manager:us-east-1:210987654321:license-configuration:lic-1";
        const string Organization = "arn:aws:organizations::111122223333:organization/o-abcdefghij";
        const string Unit = "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-abcd-12345678";
        const string Topic = "arn:aws:sns:us-east-1:111122223333:images";
        var there = World.Cloud.StockOf(East, Team);
        there.Keys[Key] = "Enabled";
        there.Templates["lt-fast"] = (["ami-old"], 1);
        Wants(new AmiTarget([East], $"arn:aws:iam::{Team}:role/images", "web {{ imagebuilder:version }}", At)
        {
            Encrypted = true,
            Keys = new Dictionary<string, string> { [""] = Key },
            Licenses = [License],
            FastLaunch = new FastLaunchTarget(5, 6, "lt-fast", null),
            Permissions = new AmiPermissions { Accounts = ["999988887777"], Organizations = [Organization], Units = [Unit] },
        }, topic: Topic);
        for (var run = 0; run < 2; run++)
        {
            Run(0, "Distribute");
            File.Delete(Path.Combine(World.ArtifactsOf("web"), RecordFiles.DistributionFile));
        }

        Assert.Empty(Stock(East).Images);
        var (id, image) = Assert.Single(there.Images);
        Assert.Equal((Team, CloudTags.Kept), (image.Owner, image.Tags[CloudTags.State]));
        Assert.Equal($"arn:aws:kms:{East}:{Team}:key/of-{Key}", Assert.Single(there.Snapshots).Value.Shown.Key);
        Assert.Equal([License], there.Licenses[$"arn:aws:ec2:{East}:{Team}:image/{id}"]);
        Assert.Equal(new FastLaunch(5, 6, "lt-fast", "$Default"), there.FastLaunches[id]);
        Assert.True(there.Permissions[id].IsSame(new LaunchPermissions { Accounts = ["999988887777"], Organizations = [Organization], Units = [Unit] }));
        Assert.Equal(2, Stock(East).Messages.Count);
        Assert.Single(_server.Asked, a => a == $"{East} EnableFastLaunch");
        Assert.Single(_server.Asked, a => a == $"{East} UpdateLicenseSpecificationsForResource");
        _server.Requests.Fit();

        there.Keys[Key] = "PendingDeletion";
        Change("1.0.1", DiskOf(1, 2, 0, 4, 0));
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Contains("IB8201", World.Error, StringComparison.Ordinal);
        Assert.Single(there.Images);
    }

    /// <param name="seed">0: without faults.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_disk_that_goes_through_buckets_arrives_whole_and_leaves_nothing_in_them(int seed)
    {
        Imports();
        if (seed > 0) _server.FailsAtRandom(seed);
        var exit = World.Run("--target=Distribute");
        Assert.True(exit == 0 || (seed > 0 && exit == (int)ExitCode.DistributionPartial), World.Shown);
        _server.Faults = _ => Fault.None;
        Run(0, "Distribute");
        Run(0, "Sweep", $"--region={West}", $"--region={East}", "--older-than=0d");
        foreach (var region in (string[])[West, East])
        {
            Assert.All(Stock(region).Imported.Values, i => Assert.Equal(World.Engine.Disk, i.Bytes));
            Assert.Equal(Assert.Single(Assert.Single(Stock(region).Images.Values).Snapshots), Assert.Single(Stock(region).Snapshots).Key);
            Assert.Empty(Stock(region).Objects);
        }

        Assert.DoesNotContain(_server.Asked, a => a.EndsWith("PutSnapshotBlock", StringComparison.Ordinal));
        _server.Requests.Fit();
    }

    [Fact]
    public void Files_go_to_buckets_and_undo_takes_them_back()
    {
        Stock(West).BucketOwner = FakeCloud.Home;
        Wants(buckets: [new BucketTarget("images", "web/{{ imagebuilder:version }}/", [], West, null, FakeCloud.Home, At)]);
        Run(0, "Distribute");
        Assert.Contains("s3://images/web/1.0.0/web-1.0.0.qcow2", Stock(West).Objects.Keys);
        Run(0, "Undo");
        Assert.Empty(Stock(West).Objects);
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
