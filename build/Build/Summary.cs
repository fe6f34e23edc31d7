using System.Globalization;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>
/// The last lines of a run: what came out for each recipe, what was reused, and what to do next. At most 25 lines.
/// </summary>
internal static class Summary
{
    private const int MostLines = 25;
    private const int MostProblems = 3;
    private const int DigestShown = 16;

    public static IReadOnlyList<string> Lines(Session session)
    {
        var builds = session.Builds.Known;
        if (builds.Count == 0 || session.Running is ["Why"]) return []; // it builds nothing
        List<string> next = [.. Next(session, builds).Take(1)];
        // As much of each as there is room for.
        foreach (var form in (Func<Session, RecipeBuild, IEnumerable<string>>[])[Long, Short])
        {
            List<string> lines = [.. builds.SelectMany(b => form(session, b).Concat(Why(builds, b))), .. next];
            if (lines.Count <= MostLines) return lines;
        }

        // What failed comes first: it must not be among those left out.
        List<string> all = [.. builds.OrderBy(b => b.FailedIn is null).Select(b => Headline(session, b)), .. next];
        return all.Count <= MostLines ? all : [.. all.Take(MostLines - 1), $"… and {all.Count - MostLines + 1} lines more"];
    }

    private static IEnumerable<string> Long(Session session, RecipeBuild build)
    {
        yield return Headline(session, build);
        if (build.FailedIn is not null || build.Record<Exported>() is not { } exported) yield break;
        if (Reused(build) is { Length: > 0 } reused) yield return $"  reused     {reused}";
        if (build.Record<Tested>() is { } tested) yield return $"  tests      {Tests(tested)}";
        yield return $"  artifacts  {session.Options.Show(build.Folder)}/";
        var width = exported.Artifacts.Select(a => a.File.Length).DefaultIfEmpty().Max();
        foreach (var artifact in exported.Artifacts)
        {
            var file = $"    {artifact.File.PadRight(width)} {Figures.Size(artifact.Allocated),10}";
            yield return $"{file}  sha256 {artifact.Sha256[..DigestShown]}";
        }
    }

    private static IEnumerable<string> Short(Session session, RecipeBuild build)
    {
        yield return Headline(session, build);
        if (build.FailedIn is not null || build.Record<Exported>() is not { } exported) yield break;
        var size = Figures.Size(exported.Artifacts.Sum(a => a.Allocated));
        yield return $"  artifacts  {session.Options.Show(build.Folder)}/ ({Figures.Count(exported.Artifacts.Count, "file")}, {size}, with SHA256SUMS)";
    }

    // Above, what went wrong with one recipe may stand far from what went wrong with the next.
    private static IEnumerable<string> Why(IReadOnlyList<RecipeBuild> builds, RecipeBuild build) => builds.Count == 1 ? []
        : build.Problems.Take(MostProblems).Select(p => $"  {p.Code}: {VisibleText.Line(p.What)}");

    private static string Headline(Session session, RecipeBuild build)
    {
        var name = $"{build.Plan.Recipe} {build.Plan.Version}";
        if (build.FailedIn is { } stage)
            return $"{name}: FAILED in {stage}. Again: {session.Options.Command(stage, build.Plan.Recipe)}";
        if (build.Done is null || session.Cancel.IsCancellationRequested) return $"{name}: not finished";
        var same = build.Reused.Contains(build.Done) && build.Done != "Plan" ? ", as it was: nothing changed" : "";
        return $"{name}: {Came(build.Done, build.Plan.Recipe)}{same}{(build.OnlyAsParent ? $", for {Children(session, build)}" : "")}";
    }

    private static string Children(Session session, RecipeBuild build) =>
        string.Join(", ", session.Builds.Known.Where(b => b.Parent == build).Select(b => b.Plan.Recipe));

    private static string Came(string stage, string recipe) => stage switch
    {
        "Validate" => "valid",
        "Plan" => "planned",
        "Base" => "the parent image is ready",
        "Customize" => "customized",
        "Reproduce" => "reproducible: two builds under different conditions gave the same bytes",
        "Lock" => $"locked in {LockFile.PathOf(recipe)}",
        "Disk" => "the disk is made",
        "TestImage" => "tested",
        "Export" => "tested and exported",
        _ => "built, tested and exported",
    };

    private static string Reused(RecipeBuild build)
    {
        if (build.Reused.Contains("Export")) return "everything";
        List<string> reused = [.. build.Reused.Where(s => s is not ("Plan" or "Customize" or "Export" or "Image"))];
        var steps = build.Record<Customized>()?.Steps ?? [];
        var cached = build.Reused.Contains("Customize") ? steps.Count : steps.Count(s => s.Reused);
        if (steps.Count > 0) reused.Insert(Math.Min(1, reused.Count), $"{cached} of {Figures.Count(steps.Count, "step")}");
        return string.Join(", ", reused);
    }

    private static string Tests(Tested tested)
    {
        var cases = tested.Boots.SelectMany(b => b.Cases).ToList();
        var boots = tested.Boots.Select(b => b.LoginSeconds is { } seconds ? $"{b.Firmware} login after {Figures.Time(seconds)}"
            : b.Firmware);
        var skipped = cases.Count(c => c.Skipped);
        var passed = cases.Count(c => c.Passed && !c.Skipped);
        return string.Create(CultureInfo.InvariantCulture, $"{passed} passed{(skipped == 0 ? "" : $", {skipped} skipped")}")
            + $" ({string.Join(", ", boots)})";
    }

    private static IEnumerable<string> Next(Session session, IReadOnlyList<RecipeBuild> builds)
    {
        var done = builds.Where(b => b.FailedIn is null && b.Done is not null).ToList();
        if (done.Count == 0 || session.Cancel.IsCancellationRequested) yield break;
        foreach (var build in done)
        {
            if (build.Record<Exported>()?.Artifacts.FirstOrDefault(a => a.Format is "qcow2" or "raw") is not { } disk) continue;
            var file = ShellText.Quote(session.Options.Show(Path.Combine(build.Folder, disk.File)));
            var drive = $"if=virtio,format={disk.Format},file={file}";
            yield return $"Next: try it with: qemu-system-x86_64 -m 1024 -nographic -snapshot -drive {drive}";
        }

        if (done[0].Done == "Plan")
            yield return $"Next: read {session.Options.Show(done[0].Folder)}/scripts/, then ./build.sh --target=Image";
    }
}
