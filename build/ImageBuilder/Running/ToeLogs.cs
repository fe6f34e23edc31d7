using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Running;

/// <summary>AWSTOE's logs of a run: a folder for each component whose steps ran, so that tools that read these keep working.</summary>
/// <param name="parent">Gets the folders.</param>
public sealed class ToeLogs(BuildRun run, string parent) : IStepListener
{
    private readonly Dictionary<string, ToeLog> _logs = [];

    /// <summary>Logs of an image's build: those of the build before go.</summary>
    public static ToeLogs Anew(BuildRun run, string parent)
    {
        if (Directory.Exists(parent))
            foreach (var old in Directory.EnumerateDirectories(parent, ToeLog.Prefix + "*")) Directory.Delete(old, recursive: true);
        return new ToeLogs(run, parent);
    }

    public void Started(PlannedStep step) => Of(step)?.Started(step);

    public void Line(PlannedStep step, string text) => Of(step)?.Line(text);

    public void Ended(StepOutcome outcome, bool reused) => Of(outcome.Step)?.Ended(outcome, reused);

    /// <summary>What came of a component's run so far. Before its first step nothing failed.</summary>
    public RunSummary Summary(PlannedComponent component) => Of(component).Summary();

    public void Dispose()
    {
        foreach (var log in _logs.Values) log.Dispose();
    }

    /// <summary>A component's folder.</summary>
    public string FolderOf(PlannedComponent component) => Of(component).Folder;

    // The engine's own steps belong to no component.
    private ToeLog? Of(PlannedStep step) => run.Plan.Components.FirstOrDefault(c => c.Name == step.Component) is { } component ? Of(component) : null;

    private ToeLog Of(PlannedComponent component)
    {
        if (!_logs.TryGetValue(component.Name, out var log))
            _logs[component.Name] = log = new ToeLog(parent, component, Path.Combine(run.Settings.Repository, component.DocumentFile), run.Clock);
        return log;
    }
}
