using System.Collections.Immutable;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.Running;

/// <summary>
/// Runs steps in a session by AWSTOE's rules: conditions, loops, attempts, time-out per attempt, exit codes 194 and 3010 (restart and the same
/// step again), the <c>Reboot</c> module (restart and the next step), documents in steps, and what <c>onFailure</c> makes of a failure.
/// </summary>
/// <param name="logs">Folder of the step logs.</param>
public sealed class StepRunner(string stage, string logs, IReport report, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_signOfLife = TimeSpan.FromSeconds(2);

    private readonly Lazy<Secrets> _secrets = new(() => new Secrets(Catalog<IParameterStore>.All[0]));

    private readonly Lazy<ObjectTransfer> _transfers = new(() => new ObjectTransfer(Catalog<IObjectStore>.All[0], Path.Combine(logs, "objects"), clock));

    /// <summary>Where objects come from and go to, instead of the cloud account.</summary>
    public IObjectStore Objects { init => _transfers = new(() => new ObjectTransfer(value, Path.Combine(logs, "objects"), clock)); }

    /// <summary>Is told of each step, and ends with the runner; null: nobody.</summary>
    public IStepListener? Listener { get; init; }

    internal ObjectTransfer Transfers => _transfers.Value;

    /// <summary>Where secrets come from, instead of the cloud account.</summary>
    public IParameterStore Parameters { init => _secrets = new(() => new Secrets(value)); }

    /// <summary>Runs a phase's steps in order; ends after one that failed with <c>onFailure: Abort</c>.</summary>
    public async Task<IReadOnlyList<StepOutcome>> RunAllAsync(
        IImageSession session, IReadOnlyList<PlannedStep> steps, OutputBook book, CancellationToken cancel)
    {
        var done = new List<StepOutcome>();
        foreach (var (index, step) in steps.Index())
        {
            done.Add(await RunAsync(session, step, index + 1, book, cancel));
            if (done[^1].Failed && step.OnFailure == OnFailure.Abort) break;
        }

        return done;
    }

    /// <summary>Runs one step with all its attempts, and adds its outputs to the book.</summary>
    /// <param name="number">Its place in the phase, from 1: the log's name starts with it.</param>
    public async Task<StepOutcome> RunAsync(IImageSession session, PlannedStep step, int number, OutputBook book, CancellationToken cancel)
    {
        report.Write(new StepStarted(stage, step.Id));
        Listener?.Started(step);
        var context = new StepContext(logs, step.Id, book, _secrets.Value, ImmutableDictionary<string, string>.Empty);
        var outcome = await RunAsync(session, step, number, context, cancel);
        report.Write(new StepFinished(stage, step.Id, outcome.Seconds, Reused: false, outcome.Status));
        Listener?.Ended(outcome with { Outputs = _secrets.Value.Hide(outcome.Outputs) }, reused: false);
        return outcome;
    }

    /// <summary>Tells of a step that does not run, because what it did is there.</summary>
    public void Reuse(PlannedStep step, string status, int exitCode, IReadOnlyList<IReadOnlyDictionary<string, string>> outputs)
    {
        report.Write(new StepStarted(stage, step.Id));
        report.Write(new StepFinished(stage, step.Id, 0, Reused: true, status));
        var now = clock.GetUtcNow();
        var inputs = step.Inputs.Select(entry => entry.ToDictionary(i => i.Key, i => i.Value.ToString()));
        Listener?.Ended(new StepOutcome(step, status, exitCode, TimedOut: false, 0, outputs, [], "") { Started = now, Ended = now, Inputs = [.. inputs] }, reused: true);
    }

    public void Dispose() => Listener?.Dispose();

    /// <summary>The problem that a failed step is, with its place, its last lines and its log.</summary>
    public static Problem Describe(StepOutcome outcome)
    {
        var step = outcome.Step;
        return outcome.Problem ?? new Problem("IB4101", $"The step `{step.Id}` ({step.Action}) failed.", string.Join('\n', outcome.Tail.Prepend(outcome.Message)),
            $"Read the log {outcome.Log} and mend the step; what was done before it is not done again.", step.At);
    }

    /// <summary>Runs the steps of a document that a step runs.</summary>
    internal async Task<DocumentOutcome> RunAsync(IImageSession session, PlannedDocument document, StepContext context, CancellationToken cancel)
    {
        var started = clock.GetUtcNow();
        var phases = new List<PhaseOutcome>();
        var number = 0;
        foreach (var phase in document.Phases)
        {
            var begun = clock.GetUtcNow();
            var steps = new List<StepOutcome>();
            foreach (var step in phase.Steps)
            {
                steps.Add(await RunAsync(session, step, ++number, context, cancel));
                if (steps[^1].Failed && step.OnFailure == OnFailure.Abort) break;
            }

            phases.Add(new PhaseOutcome(phase.Name, StepStatus.Of(steps.Select(s => s.Status)), begun, clock.GetUtcNow(), FirstMessage(steps), steps));
            if (steps.Exists(s => s.Failed && s.Step.OnFailure == OnFailure.Abort)) break;
        }

        return new DocumentOutcome(Guid.NewGuid().ToString(), document.Name, document.Description, document.File, StepStatus.Of(phases.Select(p => p.Status)),
            started, clock.GetUtcNow(), phases.Select(p => p.Message).FirstOrDefault(m => m.Length > 0, ""), phases);
    }

    internal static string FirstMessage(IEnumerable<StepOutcome> steps) =>
        steps.Where(s => s.Failed).Select(s => $"Step {s.Step.Name}: {s.Message}").FirstOrDefault("");

    private async Task<StepOutcome> RunAsync(IImageSession session, PlannedStep step, int number, StepContext context, CancellationToken cancel)
    {
        await context.Secrets.FetchAsync(step, cancel);
        using var log = new StepLog(Path.Combine(context.Logs, LogName(number, step)));
        var run = new StepRun(this, session, step, context, log, clock);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var life = step.Documents.Count > 0 ? Task.CompletedTask : SignsOfLifeAsync(context, step, log, ended.Token);
        try
        {
            var outcome = await run.RunAsync(cancel);
            context.Book.Add(step, outcome.Outputs);
            return outcome;
        }
        finally
        {
            await ended.CancelAsync();
            await life;
        }
    }

    // The last line of output, every two seconds: a wait without a sign of life looks like a hang.
    private async Task SignsOfLifeAsync(StepContext context, PlannedStep step, StepLog log, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(s_signOfLife, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
                report.Write(new Progress(stage, context.Shown, step.Outer.Length == 0 ? log.LastLine : $"{step.Name}: {log.LastLine}"));
        }
        catch (OperationCanceledException)
        {
            // The step has ended.
        }
    }

    private static string LogName(int number, PlannedStep step) => $"{number:000}-{(step.Outer.Length == 0 ? step.Id : $"{step.Phase}/{step.Name}").Replace('/', '-')}.log";
}
