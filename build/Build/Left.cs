using ImageBuilder.Distribution;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace Build;

/// <summary>What the stages leave for each other in <c>artifacts/&lt;recipe&gt;/&lt;version&gt;/</c>.</summary>
internal static class Left
{
    public static readonly StageRecord<Based> ByBase = new(RecordFiles.BaseFile, "Base", p => p.Stages.Base);
    public static readonly StageRecord<Customized> ByCustomize = new(RecordFiles.CustomizeFile, "Customize", p => p.Stages.Customize);
    public static readonly StageRecord<DiskMade> ByDisk = new(RecordFiles.DiskFile, "Disk", p => p.Stages.Disk);
    public static readonly StageRecord<Tested> ByTestImage = new(RecordFiles.TestFile, "TestImage", p => p.Stages.TestImage);
    public static readonly StageRecord<Exported> ByExport = new(RecordFiles.ExportFile, "Export", p => p.Stages.Export);
    public static readonly StageRecord<Distributed> ByDistribute = new(RecordFiles.DistributionFile, "Distribute", Distributor.DigestOf);
    public static readonly StageRecord<Promoted> ByPromote = new(RecordFiles.PromotionFile, "Promote", Distributor.DigestOf);
    public static readonly StageRecord<Manifest> ByImage = new(RecordFiles.ManifestFile, "Image", p => p.Digest);

    public static async Task<Plan> ByPlanAsync(RecipeBuild build, CancellationToken cancel)
    {
        await RecordFiles.CheckPlanAsync(build.Folder, build.Plan, "Plan", cancel);
        return build.Plan;
    }

    public static async Task<DiskToExport> ByDiskAndTestAsync(RecipeBuild build, CancellationToken cancel) =>
        new(await ByDisk.ReadAsync(build, cancel), await ByTestImage.ReadAsync(build, cancel));

    // The image must be finished: its manifest is written last.
    public static async Task<Deliverable> ByImageAsync(RecipeBuild build, CancellationToken cancel)
    {
        await ByImage.ReadAsync(build, cancel);
        return new(await ByDisk.ReadAsync(build, cancel), await ByTestImage.ReadAsync(build, cancel), await ByExport.ReadAsync(build, cancel));
    }

    // Each is also kept for the summary at the end.
    public static async Task<ImageParts> ByAllAsync(RecipeBuild build, CancellationToken cancel)
    {
        var exported = await ByExport.ReadAsync(build, cancel);
        var parts = new ImageParts(await ByCustomize.ReadAsync(build, cancel), await ByDisk.ReadAsync(build, cancel),
            await ByTestImage.ReadAsync(build, cancel), exported);
        foreach (var record in (IStageRecord[])[parts.Exported, parts.Tested, parts.Customized]) build.Keep(record);
        return parts;
    }
}

/// <summary>The disk, and the record that says whether it may be exported.</summary>
public sealed record DiskToExport(DiskMade Disk, Tested Tested);

/// <summary>The records of what is distributed.</summary>
public sealed record Deliverable(DiskMade Disk, Tested Tested, Exported Exported);

/// <summary>The records that a finished image's manifest is made of.</summary>
public sealed record ImageParts(Customized Customized, DiskMade Disk, Tested Tested, Exported Exported);
