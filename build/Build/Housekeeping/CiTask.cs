using System.Text;
using Cake.Frosting;
using ImageBuilder.Pipelines;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Ci"), TaskDescription("Write what CI systems (--ci=codepipeline,github,gitlab) need to build the recipes, a machine for each: Validate says when it is outdated")]
public sealed class CiTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var repository = session.Options.Repository;
        var files = CiFiles.Of(session.Options);
        var known = SystemsOf(session.Options).SelectMany(files.Of).Select(file => (File: file, State: file.StateIn(repository))).ToList();
        Refuse(known);
        var changed = 0;
        foreach (var (file, state) in known.Where(f => f.State is FileState.Outdated or FileState.Missing))
        {
            var path = Path.Combine(repository, file.Path);
            if (file.Text is { } text) await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), cancel);
            else if (state == FileState.Missing) continue;
            else File.Delete(path);
            session.Close($"{(file.Text is null ? "Removed" : "Wrote")} {file.Path}.");
            changed++;
        }

        session.Close(changed == 0 ? "The files for CI are what the recipes say." : $"Commit {Figures.Count(changed, "file")}; build/AWS.md says how to go on.");
    }

    private static IEnumerable<string> SystemsOf(Options options)
    {
        var problems = new ProblemBag();
        foreach (var name in options.Cloud.Systems.Except(PipelineFiles.Systems))
            problems.Add(new Problem("IB8504", $"No files can be written for `{name}`.", $"CI systems are {string.Join(", ", PipelineFiles.Systems)}.",
                Suggestion.Fix(name, PipelineFiles.Systems)));
        problems.ThrowIfErrors();
        if (options.Cloud.Systems.Count > 0) return options.Cloud.Systems;
        return PipelineFiles.UsedIn(options.Repository) is { Count: > 0 } used ? used : [PipelineFiles.Systems[0]];
    }

    // Nobody's work is written over.
    private static void Refuse(IEnumerable<(PipelineFile File, FileState State)> files)
    {
        var problems = new ProblemBag();
        foreach (var (file, state) in files.Where(f => f.State == FileState.Edited || (f.State == FileState.Foreign && f.File.Text is not null)))
            problems.Add(new Problem("IB8502", $"`{file.Path}` would be written over.",
                state == FileState.Edited ? "It was written by this target, and changed by hand since." : "It was not written by this target.",
                $"Move it away or remove it (git rm {file.Path}), and run the same command again.", new Place(file.Path)));
        problems.ThrowIfErrors();
    }
}
