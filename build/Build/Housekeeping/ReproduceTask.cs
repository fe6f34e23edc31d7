using Cake.Core;
using Cake.Frosting;
using ImageBuilder.Comparing;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Reproduce"), TaskDescription("Build each recipe twice from nothing, under different conditions, and name every byte that differs")]
public sealed class ReproduceTask : TargetTask
{
    private const int Kept = 200;
    private const int Shown = 20;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        var builds = session.Builds.Known.ToList();
        await session.Ports.EnsureTools(new HostNeeds(["Base", "Customize", "Disk", "TestImage", "Export"], session.Builds.Distributions),
            session.Console.For("this machine", ""), !session.Options.NoInstall, cancel);
        foreach (var build in builds)
        {
            var report = await new TwoBuilds(session, build.Plan).RunAsync(cancel);
            await (report with { Differences = [.. report.Differences.Take(Kept)] }).WriteAsync(build.Folder, cancel);
            if (report.Identical) build.EndWell(Name, reused: false);
            else build.FailIn(Name);
            Close(session, build, report);
        }

        if (builds.TrueForAll(b => b.FailedIn is null)) return;
        session.End(ExitCode.NotReproducible);
        throw new CakeException((int)ExitCode.NotReproducible, $"{Name} found differences.");
    }

    private static void Close(Session session, RecipeBuild build, ReproduceReport report)
    {
        var file = session.Options.Show(Path.Combine(build.Folder, ReproduceReport.FileName));
        if (report.Identical)
        {
            session.Close([.. report.Artifacts.Select(a => $"  {a.First[..16]}  {a.File}"), $"  {file}"]);
            return;
        }

        session.Console.Problem(new Problem("IB6030", $"Two builds of `{report.Recipe}` from the same inputs differ: {Figures.Count(report.Differences.Count, "place")}.",
            string.Join('\n', report.Differences.Take(Shown).Select(d => d.ToString())), "Mend the step that writes these files; SOURCE_DATE_EPOCH is there for times.",
            new Place(build.Plan.RecipeFile)), [$"all of them: {file}"]);
    }
}

/// <summary>One recipe built in two places, and compared.</summary>
internal sealed class TwoBuilds(Session session, ImageBuilder.Model.Plan plan)
{
    private readonly IReport _report = session.Console.For(plan.Recipe, plan.Version);
    private readonly BuildPlaces _places = new(session);

    private string Recipe => plan.Recipe;

    public async Task<ReproduceReport> RunAsync(CancellationToken cancel)
    {
        // Another user must be able to get there, which a folder below a home is not for.
        var root = Directory.CreateDirectory(Path.Combine(session.Ports.Environment("TMPDIR") ?? "/var/tmp", $"imagebuilder-reproduce-{Guid.NewGuid():N}"[..36])).FullName;
        File.SetUnixFileMode(root, (UnixFileMode)Convert.ToInt32("755", 8));
        try
        {
            var first = _places.First(Directory.CreateDirectory(Path.Combine(root, "first")).FullName);
            await RunAsync(first, "Disk", exclusive: false, cancel);
            var second = await _places.SecondAsync(Directory.CreateDirectory(Path.Combine(root, "a-second-place")).FullName, cancel);
            await RunAsync(second, "Disk", exclusive: false, cancel);
            var report = await CompareAsync(first, second, cancel);
            return report.Identical ? await CompareExportsAsync(report, first, second, cancel) : report;
        }
        finally
        {
            await RemoveAsync(root);
        }
    }

    private async Task<ReproduceReport> CompareAsync(BuildPlace first, BuildPlace second, CancellationToken cancel)
    {
        var (one, other) = (await ReadAsync<DiskMade>(first, RecordFiles.DiskFile, cancel), await ReadAsync<DiskMade>(second, RecordFiles.DiskFile, cancel));
        await CheckInputsAsync(first, second, cancel);
        var same = one.Digest == other.Digest;
        var differences = same ? [] : DiskComparison.Of(one.File, Path.Combine(FolderOf(first), one.File), Path.Combine(FolderOf(second), other.File), cancel);
        return new ReproduceReport(Recipe, same)
        {
            Builds = [first.Conditions, second.Conditions],
            Artifacts = [new ComparedArtifact(one.File, same, one.Digest, other.Digest)],
            Differences = differences,
        };
    }

    // The record that these bytes passed their tests is true of the same bytes in another place.
    private async Task<ReproduceReport> CompareExportsAsync(ReproduceReport report, BuildPlace first, BuildPlace second, CancellationToken cancel)
    {
        await RunAsync(first, "TestImage", exclusive: true, cancel);
        await _places.HandOverAsync(Path.Combine(FolderOf(first), RecordFiles.TestFile), Path.Combine(FolderOf(second), RecordFiles.TestFile), cancel);
        foreach (var place in (BuildPlace[])[first, second]) await RunAsync(place, "Export", exclusive: true, cancel);
        var (one, other) = (await ReadAsync<Exported>(first, RecordFiles.ExportFile, cancel), await ReadAsync<Exported>(second, RecordFiles.ExportFile, cancel));
        var (artifacts, differences) = (report.Artifacts.ToList(), new List<ByteDifference>());
        foreach (var (a, b) in one.Artifacts.Zip(other.Artifacts))
        {
            artifacts.Add(new ComparedArtifact(a.File, a.Sha256 == b.Sha256, a.Sha256, b.Sha256));
            if (a.Sha256 != b.Sha256)
                differences.AddRange(DiskComparison.Of(a.File, Path.Combine(FolderOf(first), a.File), Path.Combine(FolderOf(second), b.File), cancel));
        }

        return report with { Identical = artifacts.TrueForAll(a => a.Identical), Artifacts = artifacts, Differences = differences };
    }

    // A mirror that got new packages in between says nothing about builds.
    private async Task CheckInputsAsync(BuildPlace first, BuildPlace second, CancellationToken cancel)
    {
        var (one, other) = (await ReadAsync<Based>(first, RecordFiles.BaseFile, cancel), await ReadAsync<Based>(second, RecordFiles.BaseFile, cancel));
        if (one.Repositories.SequenceEqual(other.Repositories)) return;
        throw new ProblemException(ExitCode.BuildFailed, new Problem("IB6031", $"The package repositories changed between the two builds of `{Recipe}`.",
            "Builds of different packages cannot be compared.", "Run the same command again."));
    }

    private async Task RunAsync(BuildPlace place, string target, bool exclusive, CancellationToken cancel)
    {
        var step = $"{target} as {place.Conditions.User}, umask {place.Conditions.Umask}, {place.Conditions.TimeZone}, processors: {place.Conditions.Processors}";
        _report.Write(new StepStarted("Reproduce", step));
        var started = session.Ports.Clock.GetTimestamp();
        List<string> more = [.. session.Options.Outputs.Select(o => $"--output={o}")];
        if (session.Options.Mirror is { } mirror) more.Add($"--mirror={mirror}");
        if (session.Options.Locked) more.Add("--locked");
        var run = await session.Ports.Programs.RunAsync(place.Command(target, Recipe, exclusive, more), cancel);
        _report.Write(new StepFinished("Reproduce", step, session.Ports.Clock.GetElapsedTime(started).TotalSeconds, Reused: false, run.Succeeded ? "success" : "failed"));
        if (run.Succeeded) return;
        var exit = Enum.IsDefined((ExitCode)run.ExitCode) ? (ExitCode)run.ExitCode : ExitCode.BuildFailed;
        throw new ProblemException(exit, new Problem("IB6032", $"`{Recipe}` could not be built for the comparison.",
            string.Join('\n', run.Error.Split('\n').TakeLast(15)), $"Build it by itself first: ./build.sh --target={target} --recipe={ShellText.Quote(Recipe)}"));
    }

    private Task<T> ReadAsync<T>(BuildPlace place, string file, CancellationToken cancel) where T : class =>
        RecordFiles.TryReadAsync<T>(Path.Combine(FolderOf(place), file), "Run the same command again.", cancel)!; // written by a stage that ended well

    // The only version of the only recipe.
    private string FolderOf(BuildPlace place) => Directory.GetDirectories(Path.Combine(place.Artifacts, Recipe)).Single();

    // Layers of another user have owners that only exist in its namespace.
    private async Task RemoveAsync(string root)
    {
        if (Environment.IsPrivilegedProcess) Directory.Delete(root, recursive: true);
        else await session.Ports.Programs.RunAsync(new Command("unshare", "--map-auto", "--map-root-user", "rm", "-rf", root), CancellationToken.None);
    }
}
