using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>Distribute, Promote, Undo and Sweep by the command line, in a cloud that is kept in memory.</summary>
public sealed class DistributionTests : DistributionWorld
{
    [Fact]
    public void The_disk_becomes_an_image_in_each_region_with_everything_that_the_recipe_says()
    {
        Run(0, "Distribute");

        foreach (var region in (string[])[West, East])
        {
            var image = Assert.Single(Stock(region).Images.Values);
            var snapshot = Assert.Single(Stock(region).Snapshots);
            Assert.Equal(("web 1.0.0", "uefi-preferred", "v2.0", snapshot.Key), (image.Name, image.BootMode, image.Imds, Assert.Single(image.Snapshots)));
            Assert.Equal(("platform", CloudTags.Kept), (image.Tags["team"], image.Tags[CloudTags.State]));
            Assert.Equal(CloudTags.Kept, snapshot.Value.Shown.Tags[CloudTags.State]);
            Assert.Equal([0, 1, 3], snapshot.Value.Blocks.Keys.Order());
            Assert.Equal(World.Engine.Disk, DiskIn(region, snapshot.Key));
            Assert.Equal(["210987654321"], Stock(region).Permissions[image.Id].Accounts);
            Assert.NotNull(image.Deprecated);
            Assert.Empty(Stock(region).Parameters);
        }

        Assert.Empty(JournalFile.Runs(Path.Combine(World.Cache, "imagebuilder", "journal")));
    }

    [Fact]
    public void Where_nobody_may_write_blocks_the_disk_is_imported_through_a_bucket_of_each_region()
    {
        Imports();
        Run(0, "Distribute");

        Assert.DoesNotContain(World.Cloud.Calls, c => c.Contains("Put", StringComparison.Ordinal) || c.Contains("Start", StringComparison.Ordinal));
        foreach (var region in (string[])[West, East])
        {
            var (format, sent) = Assert.Single(Stock(region).Imported.Values);
            Assert.Equal("RAW", format);
            Assert.Equal(World.Engine.Disk, sent);
            var snapshot = Assert.Single(Stock(region).Snapshots);
            Assert.Equal((CloudTags.Kept, snapshot.Key), (snapshot.Value.Shown.Tags[CloudTags.State], Assert.Single(Assert.Single(Stock(region).Images.Values).Snapshots)));
            Assert.Empty(Stock(region).Objects);
        }

        Assert.Empty(JournalFile.Runs(Path.Combine(World.Cache, "imagebuilder", "journal")));
        File.Delete(Path.Combine(World.ArtifactsOf("web"), RecordFiles.DistributionFile));
        Run(0, "Distribute");
        Assert.Single(Stock(West).Imported);
    }

    [Fact]
    public void An_import_that_fails_leaves_nothing_and_a_bucket_elsewhere_is_told_before()
    {
        Imports();
        foreach (var region in (string[])[West, East]) Stock(region).TransferFailure = "ClientError: Disk validation failed.";
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Contains("IB8404", World.Error, StringComparison.Ordinal);
        Assert.Contains("Disk validation failed", World.Error, StringComparison.Ordinal);
        Assert.Empty(Stock(West).Objects);
        Assert.Empty(JournalFile.Runs(Path.Combine(World.Cache, "imagebuilder", "journal")));

        Stock(East).BucketRegion = West;
        World.Cloud.Restart();
        World.Run("--target=Distribute");
        Assert.Contains("IB8208", World.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(World.Cloud.Calls, c => c == $"{East} Upload");
    }

    [Fact]
    public void What_is_done_is_not_done_again()
    {
        Run(0, "Distribute");
        World.Cloud.Restart();
        Run(0, "Distribute");
        Assert.Empty(World.Cloud.Calls);

        File.Delete(Path.Combine(World.ArtifactsOf("web"), RecordFiles.DistributionFile));
        Run(0, "Distribute");
        Assert.DoesNotContain(World.Cloud.Calls, c => c.Contains("Put", StringComparison.Ordinal) || c.Contains("Register", StringComparison.Ordinal));
        Assert.Single(Stock(West).Images);
    }

    [Fact]
    public void A_region_that_is_down_stops_no_other_and_the_next_run_does_only_the_rest()
    {
        World.Cloud.Fails = (call, _) => call.StartsWith(East, StringComparison.Ordinal) ? Failing.Before : Failing.Never;
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Contains("IB8210", World.Error, StringComparison.Ordinal);
        Assert.Contains($"ami {East} web 1.0.0", World.Error, StringComparison.Ordinal);
        Assert.Single(Stock(West).Images);

        Run((int)ExitCode.DistributionPartial, "Promote");
        Assert.Empty(Stock(West).Parameters);

        World.Cloud.Restart();
        World.Cloud.Fails = (_, _) => Failing.Never;
        Run(0, "Distribute");
        Assert.Single(Stock(East).Images);
        Assert.DoesNotContain(World.Cloud.Calls, c => c.StartsWith(West, StringComparison.Ordinal));
    }

    [Fact]
    public void The_next_image_puts_only_the_blocks_that_changed()
    {
        Run(0, "Distribute");
        var first = Assert.Single(Stock(West).Snapshots).Key;
        Change("2.0.0", DiskOf(1, 0, 7, 3, 0));
        Run(0, "Distribute");

        var second = Assert.Single(Stock(West).Snapshots, s => s.Key != first);
        Assert.Equal(first, second.Value.Parent);
        Assert.Equal([1, 2], second.Value.Blocks.Keys.Order());
        Assert.Equal(World.Engine.Disk, DiskIn(West, second.Key));
    }

    [Fact]
    public void Promotion_remembers_what_was_there_and_undo_puts_it_back()
    {
        Stock(West).Parameters["/images/web"] = "ami-old";
        Run(0, "Promote");
        var image = Assert.Single(Stock(West).Images).Key;
        Assert.Equal(image, Stock(West).Parameters["/images/web"]);
        Assert.Equal((image, 2), (Stock(West).Templates["lt-web"].Images[1], Stock(West).Templates["lt-web"].Default));
        Run(0, "Promote");
        Assert.Equal(2, Stock(West).Templates["lt-web"].Images.Count);

        Run(0, "Undo", "--dry-run");
        Assert.Single(Stock(West).Images);
        Run(0, "Undo");
        Assert.Equal(("ami-old", 1), (Stock(West).Parameters["/images/web"], Stock(West).Templates["lt-web"].Default));
        Assert.Empty(Stock(East).Parameters);
        Assert.Empty(Stock(West).Images);
        Assert.Empty(Stock(West).Snapshots);
        Assert.Empty(Stock(East).Snapshots);
    }

    /// <summary>The answer to a write is lost: what the name led to before is known all the same.</summary>
    [Theory]
    [InlineData("PutParameter")]
    [InlineData("AddVersion")]
    public void A_promotion_that_broke_off_forgets_nothing_and_makes_nothing_twice(string lost)
    {
        Stock(West).Parameters["/images/web"] = "ami-old";
        World.Cloud.Fails = (call, _) => call == $"{West} {lost}" ? Failing.After : Failing.Never;
        Run((int)ExitCode.DistributionPartial, "Promote");
        World.Cloud.Fails = (_, _) => Failing.Never;
        Run(0, "Promote");
        Assert.Equal(2, Stock(West).Templates["lt-web"].Images.Count);
        Run(0, "Undo");
        Assert.Equal(("ami-old", 1), (Stock(West).Parameters["/images/web"], Stock(West).Templates["lt-web"].Default));
        Assert.Empty(Stock(West).Images);
    }

    [Fact]
    public void Undo_finds_a_version_whose_number_nobody_could_write_down()
    {
        World.Cloud.Fails = (call, _) => call == $"{West} AddVersion" ? Failing.After : Failing.Never;
        Run((int)ExitCode.DistributionPartial, "Promote");
        World.Cloud.Fails = (_, _) => Failing.Never;
        Run(0, "Undo");
        Assert.Equal(["ami-old", null], Stock(West).Templates["lt-web"].Images);
        Assert.Empty(Stock(West).Images);
    }

    [Fact]
    public void A_machine_without_the_record_promotes_nothing_twice()
    {
        Run(0, "Promote");
        File.Delete(Path.Combine(World.ArtifactsOf("web"), RecordFiles.PromotionFile));
        Run(0, "Promote");
        Assert.Equal(2, Stock(West).Templates["lt-web"].Images.Count);
    }

    [Fact]
    public void Undo_takes_back_what_the_recipe_names_no_more()
    {
        Run(0, "Distribute");
        Wants(new AmiTarget([West], null, "web {{ imagebuilder:version }}", At));
        Run(0, "Distribute");
        Assert.Single(Stock(East).Images);
        Run(0, "Undo");
        Assert.Empty(Stock(East).Images);
        Assert.Empty(Stock(West).Images);
    }

    [Fact]
    public void What_is_done_stands_in_the_record_as_soon_as_it_is_done()
    {
        World.Cloud.Fails = (call, _) =>
        {
            if (call.StartsWith(East, StringComparison.Ordinal)) Thread.Sleep(200);
            if (call == $"{East} CompleteSnapshot")
            {
                Assert.Contains("ami-", File.ReadAllText(Path.Combine(World.ArtifactsOf("web"), RecordFiles.DistributionFile)), StringComparison.Ordinal);
                return Failing.Before;
            }

            return Failing.Never;
        };
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Contains("CompleteSnapshot failed", World.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_no_image_can_have_is_refused_before_anything_is_asked()
    {
        Wants(new AmiTarget([West], null, "web: {{ imagebuilder:version }}", At));
        Run((int)ExitCode.Usage, "Distribute");
        Assert.Contains("IB8206", World.Error, StringComparison.Ordinal);
        Assert.Empty(World.Cloud.Calls);
    }

    [Fact]
    public void Permissions_that_do_not_stay_are_told_and_waited_for_no_longer_than_it_takes()
    {
        World.Cloud.Forgets = true;
        Run((int)ExitCode.DistributionPartial, "Distribute");
        Assert.Contains("IB8207", World.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_says_where_images_would_go()
    {
        Run(0, "Plan");
        Assert.Contains($"ami     {East}", World.Output, StringComparison.Ordinal);
        Assert.Contains(
            "web {{ imagebuilder:version }}, for 210987654321, template lt-web, parameter /images/web, deprecated after 90 days", World.Output, StringComparison.Ordinal);
        Assert.Empty(World.Cloud.Calls);
    }

    [Fact]
    public void Undo_leaves_what_somebody_uses()
    {
        Run(0, "Distribute");
        var image = Assert.Single(Stock(West).Images).Key;
        Stock(West).Instances["i-1"] = new CloudInstance("i-1", "running", "", image, "t3.micro", default, new Dictionary<string, string>());
        Run((int)ExitCode.DistributionPartial, "Undo");
        Assert.Single(Stock(West).Images);
        Assert.Single(Stock(West).Snapshots);
        Assert.Empty(Stock(East).Images);
        Assert.Contains("used by instance i-1", World.Output, StringComparison.Ordinal);
        Run((int)ExitCode.DistributionPartial, "Undo");
        Assert.Contains("stays, they are gone", World.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_go_to_buckets_and_folders_and_are_read_back()
    {
        Wants(buckets: [new BucketTarget("images", "{{ imagebuilder:recipe }}/", ["qcow2"], West, null, "123456789012", At)], folders: [new FolderTarget("out", [], At)]);
        Stock(West).BucketOwner = "123456789012"; // each call must say so
        Run(0, "Distribute");
        Assert.Equal("qcow2"u8.ToArray(), Stock(West).Objects["s3://images/web/web-1.0.0.qcow2"]);
        Assert.Equal("qcow2", File.ReadAllText(Path.Combine(World.Folder, "out", "web-1.0.0.qcow2")));
        File.WriteAllText(Path.Combine(World.Folder, "out", "web-1.0.0.qcow2"), "other");
        Run(0, "Undo");
        Assert.Empty(Stock(West).Objects);
        Assert.Equal([Path.Combine(World.Folder, "out", "web-1.0.0.qcow2")], Directory.GetFiles(Path.Combine(World.Folder, "out")));
    }

    [Fact]
    public void Nobody_makes_an_image_public_by_mistake()
    {
        Wants(new AmiTarget([West], null, null, At) { Permissions = new AmiPermissions { Public = true } });
        Run((int)ExitCode.Usage, "Distribute");
        Assert.Contains("recipes/web/recipe.yml:9:5", World.Error, StringComparison.Ordinal);
        Assert.Empty(World.Cloud.Calls);
        Run(0, "Distribute", "--allow-public");
        Assert.True(Assert.Single(Stock(West).Permissions.Values).Public);
    }

    [Fact]
    public void Planning_and_showing_ask_nobody()
    {
        Run(0, "Plan");
        Run(0, "Image");
        Assert.Empty(World.Cloud.Calls);
    }

    [Fact]
    public void Whoever_is_named_is_told_how_it_ended()
    {
        Wants(new AmiTarget([West], null, null, At), topic: $"arn:aws:sns:{West}:111122223333:images");
        Run(0, "Distribute");
        Assert.Contains("\"complete\":true", Assert.Single(Stock(West).Messages), StringComparison.Ordinal);
    }

    /// <summary>Whatever call fails, before or after it had its effect: the next run ends it, there is one image, and nothing is left.</summary>
    [Fact]
    public void Sweep_removes_what_a_dead_run_left_and_leaves_what_is_used_or_goes_on()
    {
        var making = new Dictionary<string, string> { [CloudTags.State] = CloudTags.Making };
        void Left(string id, string run, string image) => Stock(West).Images[id] = new CloudImage(
            id, image, "available", "", "111122223333", default, [], new Dictionary<string, string>(making) { [CloudTags.Run] = run });
        var now = World.Clock.GetUtcNow();
        foreach (var (id, age) in new[] { ("ami-dead", 3), ("ami-used", 3), ("ami-young", 0) })
        {
            Left(id, CloudTags.NewRun(now.AddDays(-age)), id);
            Stock(West).Permissions[id] = new LaunchPermissions();
        }

        Stock(West).Parameters["/somebody"] = "ami-used";
        Run(0, "Sweep", "--dry-run");
        Assert.Equal(3, Stock(West).Images.Count);
        Run(0, "Sweep");
        Assert.Equal(["ami-used", "ami-young"], Stock(West).Images.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("used by parameter /somebody", World.Output, StringComparison.Ordinal);
    }
}
