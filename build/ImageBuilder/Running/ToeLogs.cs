using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Running;

/// <summary>AWSTOE's logs of a run: a folder for each component whose steps ran, so that tools that read these keep working.</summary>
/// <param name="parent">Gets the folders.</param>
public sealed class ToeLogs(BuildRun run, string parent) : IStepListener, IDisposable
{
    private readonly Dictionary<string, ToeLog> _logs = [];

    /// <summary>Removes the folders of earlier runs.</summary>
    public static void Clear(string parent)
    {
        if (!Directory.Exists(parent)) return;
        foreach (var old in Directory.EnumerateDirectories(parent, ToeLog.Prefix + "*")) Directory.Delete(old, recursive: true);
    }

    public void Started(PlannedStep step) => Of(step).Started(step);

    public void Line(PlannedStep step, string text) => Of(step).Line(text);

    /// <summary>A step that did not run, because its layer was there.</summary>
    public void Reused(PlannedStep step, string status, int exitCode, IReadOnlyList<IReadOnlyDictionary<string, string>> outputs)
    {
        var now = run.Clock.GetUtcNow();
        var inputs = step.Inputs.Select(entry => entry.ToDictionary(i => i.Key, i => i.Value.ToString()));
        Ended(new StepOutcome(step, status, exitCode, TimedOut: false, 0, outputs, [], "") { Started = now, Ended = now, Inputs = [.. inputs] }, reused: true);
    }

    public void Ended(StepOutcome outcome, bool reused) => Of(outcome.Step).Ended(outcome, reused);

    /// <summary>What came of a component's run so far. Before its first step nothing failed.</summary>
    public RunSummary Summary(PlannedComponent component) => Of(component).Summary();

    public void Dispose()
    {
        foreach (var log in _logs.Values) log.Dispose();
    }

    private ToeLog Of(PlannedStep step) => Of(run.Plan.Components.First(c => c.Name == step.Component));

    private ToeLog Of(PlannedComponent component)
    {
        if (!_logs.TryGetValue(component.Name, out var log))
            _logs[component.Name] = log = new ToeLog(parent, component, Path.Combine(run.Settings.Repository, component.DocumentFile), run.Clock);
        return log;
    }
}
