using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>A recipe with a disk that goes to two regions of a cloud that is kept in memory.</summary>
public abstract class DistributionWorld : IDisposable
{
    private protected const int Block = IBlockSnapshots.BlockSize;
    private protected const string West = "eu-west-1";
    private protected const string East = "us-east-1";

    private protected static Place At { get; } = new("recipes/web/recipe.yml", 9, 5);

    private protected FakeWorld World { get; } = new();

    protected DistributionWorld()
    {
        World.Clock.Skips = true;
        World.Engine.Disk = DiskOf(1, 2, 0, 3, 0);
        Wants(new AmiTarget([West, East], null, "web {{ imagebuilder:version }}", At)
        {
            Parameters = ["/images/web"],
            Templates = [new TemplateTarget("lt-web", SetDefault: true)],
            Permissions = new AmiPermissions { Accounts = ["210987654321"] },
            Tags = new Dictionary<string, string> { ["team"] = "platform" },
            DeprecateAfterDays = 90,
        });
        foreach (var region in (string[])[West, East]) Stock(region).Templates["lt-web"] = (["ami-old"], 1);
    }

    public void Dispose()
    {
        World.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected FakeStock Stock(string region) => World.Cloud.StockOf(region);

    private protected byte[] DiskIn(string region, string snapshot) => ((FakeRegion)World.Cloud.At(new CloudPlace(region))).DiskOf(snapshot, World.Engine.Disk!.Length);

    private protected void Run(int exit, string target, params string[] more)
    {
        var ended = World.Run([$"--target={target}", .. more]);
        Assert.True(exit == ended, $"{target} ended with {ended}:\n{World.Shown}");
    }

    private protected void Wants(AmiTarget? ami = null, IReadOnlyList<BucketTarget>? buckets = null, IReadOnlyList<FolderTarget>? folders = null, string? topic = null)
    {
        World.Plans.Clear();
        World.Plans.Add(FakeWorld.PlanOf("web") with { Distribution = new DistributionPlan(ami is null ? [] : [ami], buckets ?? [], folders ?? [], topic) });
    }

    // Through a bucket instead of block by block.
    private protected void Imports()
    {
        World.Cloud.Roles["vmimport"] = FakeRoles.Import;
        Wants(new AmiTarget([West, East], null, "web {{ imagebuilder:version }}", At)
        {
            ImportBuckets = new Dictionary<string, string> { [West] = "disks-west", [East] = "disks-east" },
        });
    }

    private protected void Change(string version, byte[] disk)
    {
        World.Plans[0] = World.Plans[0] with { Version = version, Digest = version, Build = [] };
        World.Engine.Disk = disk;
    }

    // A block of each value; 0: of nothing.
    private protected static byte[] DiskOf(params byte[] values)
    {
        var disk = new byte[(values.Length * Block) - 4096];
        for (var i = 0; i < values.Length; i++) disk.AsSpan(i * Block, Math.Min(Block, disk.Length - (i * Block))).Fill(values[i]);
        return disk;
    }
}
