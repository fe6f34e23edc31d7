using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.Running;

/// <summary>How a step ended after all its attempts. <paramref name="Status"/> is one of <see cref="StepStatus"/>.</summary>
public sealed record StepOutcome(
    PlannedStep Step, string Status, int ExitCode, bool TimedOut, double Seconds,
    IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs, IReadOnlyList<string> Tail, string Log)
{
    public bool Failed => Status == StepStatus.Failed;
}

/// <summary>Status words of steps, as AWSTOE's logs have them.</summary>
public static class StepStatus
{
    public const string Success = "success";
    public const string Failed = "failed";
    public const string IgnoredFailure = "ignoredFailure";
    public const string Skipped = "skipped";
}

/// <summary>
/// Runs steps in a session by AWSTOE's rules: attempts, time-out per attempt, exit code 194 (restart and the same step again), the
/// <c>Reboot</c> module (restart and the next step), and what <c>onFailure</c> makes of a failure.
/// </summary>
/// <param name="logs">Folder of the step logs.</param>
public sealed class StepRunner(string stage, string logs, IReport report, TimeProvider clock)
{
    // A script that asks for a restart each time would go on for ever.
    private const int MostReboots = 10;

    private static readonly TimeSpan s_signOfLife = TimeSpan.FromSeconds(2);

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
        var started = clock.GetTimestamp();
        using var log = new StepLog(Path.Combine(logs, LogName(number, step)));
        var script = Resolve(step, book);
        var run = await AttemptAsync(session, step, script, log, cancel);
        for (var attempt = 2; run.ExitCode != 0 && attempt <= step.MaxAttempts; attempt++)
        {
            log.Write($"[attempt {attempt} of {step.MaxAttempts}]");
            run = await AttemptAsync(session, step, script, log, cancel);
        }

        var failed = run.ExitCode != 0 || run.TimedOut;
        if (!failed && step.Reboots) await session.RebootAsync(cancel);
        var status = !failed ? StepStatus.Success : step.OnFailure == OnFailure.Ignore ? StepStatus.IgnoredFailure : StepStatus.Failed;
        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        book.Add(step, run.Outputs);
        report.Write(new StepFinished(stage, step.Id, seconds, Reused: false, status));
        return new StepOutcome(step, status, run.ExitCode, run.TimedOut, seconds, run.Outputs, log.Tail, log.Path);
    }

    /// <summary>The problem that a failed step is, with its place, its last lines and its log.</summary>
    /// <param name="again">The command that goes on from this step.</param>
    public static Problem Describe(StepOutcome outcome, string again)
    {
        var step = outcome.Step;
        var how = outcome.TimedOut ? $"It did not end within its timeoutSeconds of {step.TimeoutSeconds}." : $"It ended with exit code {outcome.ExitCode}.";
        return new Problem("IB4101", $"The step `{step.Id}` ({step.Action}) failed.", string.Join('\n', outcome.Tail.Prepend(how)),
            $"Read the log {outcome.Log}, mend the step, and run it again: {again}", step.At);
    }

    private async Task<ScriptRun> AttemptAsync(IImageSession session, PlannedStep step, string script, StepLog log, CancellationToken cancel)
    {
        for (var reboots = 0; ; reboots++)
        {
            var run = await WatchedAsync(session, step, script, log, cancel);
            if (run.ExitCode != step.Script.Shell.RebootExitCode() || run.TimedOut) return run;
            if (reboots == MostReboots)
            {
                log.Write($"[asked for a restart {MostReboots + 1} times in a row]");
                return run;
            }

            log.Write("[restart]");
            await session.RebootAsync(cancel);
        }
    }

    // The last line of output, every two seconds: a wait without a sign of life looks like a hang.
    private async Task<ScriptRun> WatchedAsync(IImageSession session, PlannedStep step, string script, StepLog log, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var life = SignsOfLifeAsync(step, log, ended.Token);
        try
        {
            return await session.RunAsync(step, script, log.Write, cancel);
        }
        finally
        {
            await ended.CancelAsync();
            await life;
        }
    }

    private async Task SignsOfLifeAsync(PlannedStep step, StepLog log, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(s_signOfLife, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended)) report.Write(new Progress(stage, step.Id, log.LastLine));
        }
        catch (OperationCanceledException)
        {
            // The step has ended.
        }
    }

    private static string Resolve(PlannedStep step, OutputBook book)
    {
        try
        {
            return step.Script.Resolve(reference => book.Find(step.Component, reference));
        }
        catch (KeyNotFoundException e)
        {
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB4102", $"The step `{step.Id}` refers to `{e.Message}`, which has no value.",
                "The step that should have set it left no such output, or was skipped.", "Let that step write the output, or do not refer to it.", step.At));
        }
    }

    private static string LogName(int number, PlannedStep step) => $"{number:000}-{step.Id.Replace('/', '-')}.log";
}
