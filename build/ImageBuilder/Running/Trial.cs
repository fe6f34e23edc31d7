using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Running;

/// <summary>The sessions of a trial.</summary>
/// <param name="Root">Where build steps run.</param>
/// <param name="BootAsync">Boots what they left, for the steps of the other phases.</param>
public sealed record TrialSessions(IImageSession Root, Func<CancellationToken, Task<IImageSession>> BootAsync);

/// <summary>Runs the phases of one component by itself, and writes AWSTOE's logs of it.</summary>
public sealed class Trial : IDisposable
{
    private const string Stage = "Component";

    private readonly BuildRun _run;
    private readonly ToeLogs _logs;
    private readonly StepRunner _runner;
    private readonly OutputBook _book = new();
    private readonly List<StepOutcome> _outcomes = [];

    public Trial(BuildRun run, TrialSettings settings)
    {
        (_run, _logs) = (run, new ToeLogs(run, settings.Logs));
        _runner = new StepRunner(Stage, Path.Combine(run.Folder, "logs"), run.Report, run.Clock) { Listener = new Watch(_logs, run.Report) };
    }

    // A step that failed and aborts ends everything; after one that failed and continues, the phases that follow run too.
    private bool Aborted => _outcomes.Exists(o => o.Failed && o.Step.OnFailure == OnFailure.Abort);

    public async Task RunAsync(TrialSessions sessions, CancellationToken cancel)
    {
        await RunAsync(sessions.Root, _run.Plan.Build, cancel);
        if (Aborted || _run.Plan.Validate.Count + _run.Plan.Test.Count == 0) return;
        await using var booted = await sessions.BootAsync(cancel);
        await RunAsync(booted, _run.Plan.Validate, cancel);
        if (!Aborted) await RunAsync(booted, _run.Plan.Test, cancel);
    }

    /// <param name="kept">As <see cref="ComponentTried.Kept"/>.</param>
    public ComponentTried End(IReadOnlyList<string> kept)
    {
        var failed = _outcomes.Where(o => o.Failed).ToList();
        var exit = failed.Exists(o => o.Step.Phase != DocumentPhase.Test) ? ExitCode.BuildFailed : failed.Count > 0 ? ExitCode.TestFailed : ExitCode.Done;
        return new ComponentTried(exit, _logs.Summary(_run.Plan.Components[0]), // a trial has one
            [.. _outcomes.Select(o => new StepTried(o.Step.Phase, o.Step.Name, o.Step.Action, o.Status, o.Seconds))],
            [.. failed.Select(Describe)], kept);
    }

    // Unlike in an image's build nothing is reused the next time.
    private static Problem Describe(StepOutcome outcome)
    {
        var problem = StepRunner.Describe(outcome);
        return outcome.Problem is null ? problem with { Fix = $"Read the log {outcome.Log} and mend the step." } : problem;
    }

    public void Dispose() => _runner.Dispose();

    private async Task RunAsync(IImageSession session, IReadOnlyList<PlannedStep> steps, CancellationToken cancel) =>
        _outcomes.AddRange(await _runner.RunAllAsync(session, steps, _book, cancel));

    /// <summary>Hands everything to the logs, and lines also to whoever watches.</summary>
    private sealed class Watch(ToeLogs logs, IReport report) : IStepListener
    {
        public void Started(PlannedStep step) => logs.Started(step);

        public void Line(PlannedStep step, string text)
        {
            logs.Line(step, text);
            report.Write(new StepOutput(Stage, step.Id, text[(text.LastIndexOf('\r') + 1)..])); // of a line that was written over, its last state
        }

        public void Ended(StepOutcome outcome, bool reused) => logs.Ended(outcome, reused);

        public void Dispose() => logs.Dispose();
    }
}
