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
    private const string DocumentName = "document.yaml";

    private readonly PlannedComponent _component;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _started;
    private readonly StepLog _application;
    private readonly StepLog _console;
    private readonly List<StepOutcome> _steps = [];
    private readonly SortedDictionary<string, SortedDictionary<string, ChainedValues>> _chaining = new(StringComparer.Ordinal);
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
        Guarded(() =>
        {
            if (File.Exists(document)) File.Copy(document, Path.Combine(Folder, DocumentName));
        });
        Write("Info", $"Document {component.DocumentFile}");
    }

    /// <summary>What the names of these folders begin with.</summary>
    public const string Prefix = "TOE_";

    /// <summary>The execution id.</summary>
    public string Id { get; }

    public string Folder { get; }

    public void Started(PlannedStep step)
    {
        if (_steps.Count > 0 && _steps[^1].Step.Phase != step.Phase) Save();
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
        if (reused) Write("Info", "The layer of this step was there: it is not run again");
        var failed = outcome.Message.Length > 0;
        Write(outcome.Failed ? "Error" : "Info", $"Phase {step.Phase}, step {step.Name}: {outcome.Status}{(failed ? $": {outcome.Message}" : "")}");
        if (failed) Block(outcome);
        _steps.Add(outcome);
        if (!_chaining.TryGetValue(step.Phase, out var phase)) _chaining[step.Phase] = phase = new(StringComparer.Ordinal);
        phase[step.Name] = new ChainedValues(outcome.Inputs, outcome.Outputs);
    }

    /// <summary>Everything so far, summed up.</summary>
    public RunSummary Summary()
    {
        var all = Detailed();
        return new RunSummary(Id, all.Status, _steps.Count(s => s.Failed), _steps.Count(s => s.Status != StepStatus.Skipped),
            _steps.Count(s => s.Status == StepStatus.IgnoredFailure), all.FailureMessage, Folder);
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

    private void Save() => Guarded(() =>
    {
        File.WriteAllBytes(Path.Combine(Folder, "detailedoutput.json"), JsonSerializer.SerializeToUtf8Bytes(Detailed(), ToeJson.Indented.DetailedOutput));
        File.WriteAllBytes(Path.Combine(Folder, "chaining.json"),
            JsonSerializer.SerializeToUtf8Bytes(_chaining, ToeJson.Indented.SortedDictionaryStringSortedDictionaryStringChainedValues));
    });

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(Folder, e);
        }
    }

    private DetailedOutput Detailed()
    {
        List<PhaseOutcome> phases = [.. _steps.GroupBy(s => s.Step.Phase).Select(g => new PhaseOutcome(
            g.Key, StepStatus.Of(g.Select(s => s.Status)), g.First().Started, g.Last().Ended, StepRunner.FirstMessage(g), [.. g]))];
        var document = new DocumentOutcome(Id, _component.Title, _component.Description, Path.Combine(Folder, DocumentName),
            StepStatus.Of(phases.Select(p => p.Status)), _started, _clock.GetUtcNow(), phases.Select(p => p.Message).FirstOrDefault(m => m.Length > 0, ""), phases);
        return Run(document);
    }

    private static DetailedOutput Run(DocumentOutcome document) => new(document.ExecutionId, document.Status, Time(document.Started), Time(document.Ended),
        document.Message, [new DetailedDocument(document.Name, document.File, document.Status, document.Description, Time(document.Started), Time(document.Ended),
            document.Message, [.. document.Phases.Select(Phase)])]);

    private static DetailedPhase Phase(PhaseOutcome phase) =>
        new(phase.Name, phase.Status, Time(phase.Started), Time(phase.Ended), phase.Message, [.. phase.Steps.Select(Step)]);

    private static DetailedStep Step(StepOutcome outcome) => new(outcome.Step.Name, outcome.Status, outcome.Message, outcome.Step.TimeoutSeconds,
        outcome.Step.OnFailure.ToString(), outcome.Step.MaxAttempts, outcome.Step.Action, Time(outcome.Started), Time(outcome.Ended),
        Json(outcome.Inputs), Json(outcome.Outputs), outcome.Step.Loop?.ToString(),
        outcome.Documents.Count == 0 ? null : [.. outcome.Documents.Select(Run)]);

    // How readers of the service's own logs find what failed.
    private void Block(StepOutcome outcome)
    {
        foreach (var line in (IEnumerable<string>)
        [
            $"Document: {_component.Title}", $"ComponentArn: {_component.Name}/{_component.Version}", $"Phase: {outcome.Step.Phase}",
            $"Step: {outcome.Step.Name}", $"Action: {outcome.Step.Action}", $"ErrorMessage: {outcome.Message}", "Stderr:", .. outcome.Tail,
        ])
            _console.Write(line);
    }

    private static string Json(IReadOnlyList<IReadOnlyDictionary<string, string>> values) =>
        JsonSerializer.Serialize(values, ToeJson.Line.IReadOnlyListIReadOnlyDictionaryStringString);

    private void Write(string level, string text) =>
        _application.Write(string.Create(CultureInfo.InvariantCulture, $"{_clock.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff} {level,-5} {text}"));

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
