using System.Globalization;
using System.Text.Json;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Running;

/// <summary>
/// The logs of one document's run as AWSTOE writes them, in a folder <c>TOE_&lt;time&gt;_UTC-0_&lt;id&gt;</c>: <c>document.yaml</c>,
/// <c>application.log</c>, <c>console.log</c>, <c>detailedoutput.json</c>, <c>chaining.json</c>.
/// </summary>
internal sealed class ToeLog : IDisposable
{
    private readonly PlannedComponent _component;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _started;
    private readonly StepLog _application;
    private readonly StepLog _console;
    private readonly List<(string Phase, DetailedStep Step)> _steps = [];
    private readonly SortedDictionary<string, SortedDictionary<string, ChainedValues>> _chaining = new(StringComparer.Ordinal);
    private DateTimeOffset _stepStarted;
    private bool _disposed;

    /// <param name="parent">Gets the folder.</param>
    /// <param name="document">The document, absolute.</param>
    public ToeLog(string parent, PlannedComponent component, string document, TimeProvider clock)
    {
        (_component, _clock, _started) = (component, clock, clock.GetUtcNow());
        Id = Guid.NewGuid().ToString();
        Folder = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_started:yyyy-MM-dd_HH-mm-ss}_UTC-0_{Id}"));
        _application = new StepLog(Path.Combine(Folder, "application.log"));
        _console = new StepLog(Path.Combine(Folder, "console.log"));
        if (File.Exists(document)) File.Copy(document, Path.Combine(Folder, "document.yaml"));
        Write("Info", $"Document {component.DocumentFile}");
    }

    /// <summary>What the names of these folders begin with.</summary>
    public const string Prefix = "TOE_";

    /// <summary>The execution id.</summary>
    public string Id { get; }

    public string Folder { get; }

    public void Started(PlannedStep step)
    {
        _stepStarted = _clock.GetUtcNow();
        if (_steps.Count > 0 && _steps[^1].Phase != step.Phase) Save();
        Write("Info", $"Phase {step.Phase}, step {step.Name}: {step.Action} starts");
    }

    public void Line(string text)
    {
        _console.Write(text);
        Write("Debug", text);
    }

    public void Ended(StepOutcome outcome, bool reused)
    {
        var step = outcome.Step;
        var failure = Failure(outcome);
        var (inputs, outputs) = (Json(outcome.Inputs), Json(outcome.Outputs));
        if (reused) Write("Info", "The layer of this step was there: it is not run again");
        Write(outcome.Failed ? "Error" : "Info", $"Phase {step.Phase}, step {step.Name}: {StatusOf(outcome.Status)}{(failure.Length > 0 ? $", {failure}" : "")}");
        if (failure.Length > 0) Block(step, failure, outcome.Tail);
        _steps.Add((step.Phase, new DetailedStep(step.Name, StatusOf(outcome.Status), failure, step.TimeoutSeconds, step.OnFailure.ToString(),
            step.MaxAttempts, step.Action, Time(_stepStarted), Time(_clock.GetUtcNow()), inputs, outputs, null, null)));
        if (!_chaining.TryGetValue(step.Phase, out var phase)) _chaining[step.Phase] = phase = new(StringComparer.Ordinal);
        phase[step.Name] = new ChainedValues(outcome.Inputs, outcome.Outputs);
    }

    /// <summary>Everything so far, summed up.</summary>
    public RunSummary Summary()
    {
        var all = Detailed();
        return new RunSummary(Id, all.Status, _steps.Count(s => s.Step.Status == "failed"), _steps.Count(s => s.Step.Status != StepStatus.Skipped),
            _steps.Count(s => s.Step.Status == "IgnoredFailure"), all.FailureMessage, Folder);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Save();
        var summary = Summary();
        Write("Info", $"Ended: {summary.Status}");
        _application.Dispose();
        _console.Dispose();
    }

    private void Save()
    {
        File.WriteAllBytes(Path.Combine(Folder, "detailedoutput.json"), JsonSerializer.SerializeToUtf8Bytes(Detailed(), ToeJson.Indented.DetailedOutput));
        File.WriteAllBytes(Path.Combine(Folder, "chaining.json"),
            JsonSerializer.SerializeToUtf8Bytes(_chaining, ToeJson.Indented.SortedDictionaryStringSortedDictionaryStringChainedValues));
    }

    private DetailedOutput Detailed()
    {
        var phases = new List<DetailedPhase>();
        foreach (var group in _steps.GroupBy(s => s.Phase))
        {
            List<DetailedStep> steps = [.. group.Select(s => s.Step)];
            var failed = steps.Where(s => s.Status == "failed").ToList();
            phases.Add(new DetailedPhase(group.Key, Together(steps.Select(s => s.Status)), steps[0].StartTime, steps[^1].EndTime,
                string.Join("; ", failed.Select(s => $"Step {s.Name} failed: {s.FailureMessage}")), steps));
        }

        var (status, end) = (Together(phases.Select(p => p.Status)), Time(_clock.GetUtcNow()));
        var message = string.Join("; ", phases.Where(p => p.Status == "failed").Select(p => $"Phase {p.Name} failed: {p.FailureMessage}"));
        var document = new DetailedDocument(_component.Title, Path.Combine(Folder, "document.yaml"), status, _component.Description, Time(_started), end, message, phases);
        return new DetailedOutput(Id, status, Time(_started), end, message, [document]);
    }

    private static string Together(IEnumerable<string> parts)
    {
        var all = parts.ToHashSet();
        return all.Contains("failed") ? "failed" : all.Contains("IgnoredFailure") || all.Contains("SuccessWithIgnoredFailure") ? "SuccessWithIgnoredFailure" : "success";
    }

    // How readers of the service's own logs find what failed.
    private void Block(PlannedStep step, string failure, IReadOnlyList<string> tail)
    {
        foreach (var line in (IEnumerable<string>)
        [
            $"Document: {_component.Title}", $"ComponentArn: {_component.Name}/{_component.Version}", $"Phase: {step.Phase}", $"Step: {step.Name}",
            $"Action: {step.Action}", $"ErrorMessage: {failure}", "Stderr:", .. tail,
        ])
            _console.Write(line);
    }

    private static string Failure(StepOutcome outcome) => outcome.Status is StepStatus.Success or StepStatus.Skipped ? ""
        : outcome.TimedOut ? $"timed out after {outcome.Step.TimeoutSeconds} seconds"
        : $"exit status {outcome.ExitCode}";

    private static string StatusOf(string status) => status == StepStatus.IgnoredFailure ? "IgnoredFailure" : status;

    private static string Json(IReadOnlyList<IReadOnlyDictionary<string, string>> values) =>
        JsonSerializer.Serialize(values, ToeJson.Line.IReadOnlyListIReadOnlyDictionaryStringString);

    private void Write(string level, string text) =>
        _application.Write(string.Create(CultureInfo.InvariantCulture, $"{_clock.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff} {level,-5} {text}"));

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
