using Cake.Frosting;
using ImageBuilder.Distribution;
using ImageBuilder.Model;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace Build;

[TaskName("Validate"), TaskDescription("Read recipes and components, or the documents of --document=, and show every mistake; touch nothing")]
public sealed class ValidateStage : Stage
{
    // Documents that are named stand for themselves; recipes are then read only when they are named too.
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        if (session.Options.Documents.Count == 0 || session.Options.Recipes.Count > 0) await base.RunTargetAsync(session, cancel);
        if (session.Options.Documents.Count > 0) DocumentValidation.Run(session, cancel);
        else if (session.Running is [.., var last] && last == Name) CiFiles.CheckThoseWritten(session.Options);
    }

    // Planning has read and checked everything; a recipe that got here is right.
    protected override Task<bool> RunStageAsync(Session session, RecipeBuild build, CancellationToken cancel) =>
        Task.FromResult(false);
}

[TaskName("Plan"), TaskDescription("Write plan.json and every rendered script, and say what would run, why and how long"),
    IsDependentOn(typeof(ValidateStage))]
public sealed class PlanStage : Stage
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await base.RunTargetAsync(session, cancel);
        if (!IsAsked(session)) return;
        session.Console.Heading("Forecast");
        foreach (var line in ForecastLines.Of([.. session.Builds.Known.Select(b => b.Parts.Forecast).OfType<Forecast>()])) session.Console.Line(line);
        if (TargetLines.Of(session.Builds.Known.Select(b => b.Plan)) is not { Count: > 0 } targets) return;
        session.Console.Heading("Distribution");
        foreach (var line in targets) session.Console.Line(line);
    }

    protected override async Task<bool> RunStageAsync(Session session, RecipeBuild build, CancellationToken cancel)
    {
        var same = await PlanFolder.WriteAsync(build.Plan, build.Folder, cancel);
        var forecast = await session.Forecasts.OfAsync(build, cancel);
        if (IsAsked(session)) await RecordFiles.WriteAsync(build.Folder, RecordFiles.ForecastFile, forecast, cancel);
        return same;
    }

    // Where more follows, it follows at once and shows itself.
    private bool IsAsked(Session session) => session.Running is [.., var last] && last == Name;
}

[TaskName("Base"), TaskDescription("Make the parent image of each recipe available"), IsDependentOn(typeof(PlanStage))]
public sealed class BaseStage() : Stage<Plan, Based>(Left.ByPlanAsync, Left.ByBase)
{
    public override Type AfterParents => typeof(CustomizeStage);

    protected override bool IsCurrent(RecipeBuild build, Plan given, Based found) => build.Engine.LayerOf(build.Run, found.Key) == found.Layer;

    protected override Task<Based> MakeAsync(RecipeBuild build, Plan given, CancellationToken cancel) =>
        build.Engine.BaseAsync(build.Run, cancel);

    protected override bool WasReused(Based made) => made.Reused;
}

[TaskName("Customize"), TaskDescription("Run the build and validate phases of the components"), IsDependentOn(typeof(BaseStage))]
public sealed class CustomizeStage() : Stage<Based, Customized>(Left.ByBase.ReadAsync, Left.ByCustomize)
{
    protected override bool IsCurrent(RecipeBuild build, Based given, Customized found) => build.Engine.LayerOf(build.Run, found.Key) == found.Layer;

    protected override Task<Customized> MakeAsync(RecipeBuild build, Based given, CancellationToken cancel) =>
        build.Engine.CustomizeAsync(build.Run, given, cancel);

    protected override bool WasReused(Customized made) => made.Reused;
}

[TaskName("Disk"), TaskDescription("Make the raw disk that boots with BIOS and UEFI"), IsDependentOn(typeof(CustomizeStage))]
public sealed class DiskStage() : Stage<Customized, DiskMade>(Left.ByCustomize.ReadAsync, Left.ByDisk)
{
    protected override bool IsCurrent(RecipeBuild build, Customized given, DiskMade found) =>
        found.Layer == given.Layer && found.Tools == build.Engine.DiskTools(build.Run) && Left.ByDisk.StillHas(build, found.File, found.Size);

    protected override Task<DiskMade> MakeAsync(RecipeBuild build, Customized given, CancellationToken cancel) =>
        build.Engine.DiskAsync(build.Run, given, cancel);
}

[TaskName("TestImage"), TaskDescription("Boot a copy of the disk with each firmware and run the tests in it"),
    IsDependentOn(typeof(DiskStage))]
public sealed class TestImageStage() : Stage<DiskMade, Tested>(Left.ByDisk.ReadAsync, Left.ByTestImage)
{
    protected override bool IsCurrent(RecipeBuild build, DiskMade given, Tested found) =>
        found.Passed && found.DiskDigest == given.Digest;

    protected override Task<Tested> MakeAsync(RecipeBuild build, DiskMade given, CancellationToken cancel) =>
        build.Engine.TestAsync(build.Run, given, cancel);

    protected override void Check(Session session, RecipeBuild build, Tested made)
    {
        if (made.Passed) return;
        var failed = made.Boots.SelectMany(b => b.Cases.Where(c => !c.Passed && !c.Skipped)
            .Select(c => $"{b.Firmware}: {c.Name}: {c.Message}")).ToList();
        throw new ProblemException(ExitCode.TestFailed,
            new Problem("IB5590", $"{failed.Count} of {made.Boots.Sum(b => b.Cases.Count)} tests of the image failed.",
            string.Join('\n', failed.Take(10)),
            $"Read the consoles in {session.Options.Show(build.Folder)}/; nothing of this build is exported.",
            new Place(build.Plan.RecipeFile)));
    }
}

[TaskName("Export"), TaskDescription("Write the tested disk in every format and compare each with the disk"),
    IsDependentOn(typeof(TestImageStage))]
public sealed class ExportStage() : Stage<DiskToExport, Exported>(Left.ByDiskAndTestAsync, Left.ByExport)
{
    // Also checks the gate: with --exclusive no other stage has.
    protected override bool IsCurrent(RecipeBuild build, DiskToExport given, Exported found) =>
        build.Exporter().IsCurrent(build.Run, given.Disk, given.Tested, found);

    protected override Task<Exported> MakeAsync(RecipeBuild build, DiskToExport given, CancellationToken cancel) =>
        build.Exporter().ExportAsync(build.Run, given.Disk, given.Tested, cancel);
}

[TaskName("Image"), TaskDescription("Do all of the above: images that are built, tested and exported"),
    IsDependentOn(typeof(ExportStage))]
public sealed class ImageStage() : Stage<ImageParts, Manifest>(Left.ByAllAsync, Left.ByImage)
{
    protected override bool IsCurrent(RecipeBuild build, ImageParts given, Manifest found) => found.IsSame(ManifestOf(build, given, found.Tools));

    protected override async Task<Manifest> MakeAsync(RecipeBuild build, ImageParts given, CancellationToken cancel) =>
        ManifestOf(build, given, await ToolVersions.ListAsync(build.Run.Programs, cancel));

    private static Manifest ManifestOf(RecipeBuild build, ImageParts given, IEnumerable<ToolVersion> tools) =>
        Manifest.Of(build.Plan, given.Customized, given.Disk, given.Tested, given.Exported, tools);
}

[TaskName("Distribute"), TaskDescription("Deliver the image to every target of `distribution:`, all at once, and read it back; again: only the rest"),
    IsDependentOn(typeof(ImageStage))]
public sealed class DistributeStage() : Stage<Deliverable, Distributed>(Left.ByImageAsync, Left.ByDistribute)
{
    protected override bool IsCurrent(RecipeBuild build, Deliverable given, Distributed found) =>
        found.IsComplete && found.DiskSha256 == given.Exported.DiskSha256 && found.Build == given.Exported.Build;

    protected override async Task<Distributed> MakeAsync(RecipeBuild build, Deliverable given, CancellationToken cancel) =>
        await new Distributor(build.Run, given.Disk, given.Tested, given.Exported, record => Left.ByDistribute.WriteAsync(build, record, cancel)).RunAsync(
            build.Repeats(Name) ? null : await Left.ByDistribute.FindAsync(build, cancel), await Left.ByDistribute.LastAsync(build, cancel), cancel);

    protected override void Check(Session session, RecipeBuild build, Distributed made) => Partial.Check(build, made);
}

[TaskName("Promote"), TaskDescription("Let parameters and launch templates lead to the image, once it is everywhere"), IsDependentOn(typeof(DistributeStage))]
public sealed class PromoteStage() : Stage<Distributed, Promoted>(Left.ByDistribute.ReadAsync, Left.ByPromote)
{
    protected override bool IsCurrent(RecipeBuild build, Distributed given, Promoted found) => found.IsComplete && found.DiskSha256 == given.DiskSha256;

    protected override async Task<Promoted> MakeAsync(RecipeBuild build, Distributed given, CancellationToken cancel) =>
        await new Promoter(build.Run, given, await Left.ByPromote.FindAsync(build, cancel), record => Left.ByPromote.WriteAsync(build, record, cancel)).RunAsync(cancel);

    protected override void Check(Session session, RecipeBuild build, Promoted made) => Partial.Check(build, made);
}
