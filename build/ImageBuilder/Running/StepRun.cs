using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Running;

/// <summary>One run of one step: its condition, its attempts, in each attempt the iterations of its loop.</summary>
internal sealed class StepRun(StepRunner runner, IImageSession session, PlannedStep step, StepContext context, StepLog log, TimeProvider clock)
{
    // A script that asks for a restart each time would go on for ever.
    private const int MostRestarts = 10;

    private readonly long _started = clock.GetTimestamp();
    private readonly DateTimeOffset _begun = clock.GetUtcNow();
    private readonly List<DocumentOutcome> _documents = [];
    private readonly StepContext _around = context;
    private StepContext _context = context;
    private int _attempts;
    private int _restarts;

    public async Task<StepOutcome> RunAsync(CancellationToken cancel)
    {
        try
        {
            return await DecideAsync(cancel) switch
            {
                (OnCondition.Execute, _) => await AttemptsAsync(cancel),
                (OnCondition.Skip, _) => Outcome(StepStatus.Skipped, Attempt.Done([]), ""),
                var (_, why) => Failure(new Attempt(1, false, []), why),
            };
        }
        catch (MissingValueException e)
        {
            Write($"imagebuilder: {e.Problem.What}");
            return Failure(new Attempt(-1, false, []), e.Problem.What) with { Problem = e.Problem };
        }
    }

    // Once: neither another attempt nor a restart asks again.
    private async Task<(OnCondition, string Why)> DecideAsync(CancellationToken cancel)
    {
        if (step.If is not { } condition) return (OnCondition.Execute, "");
        var run = await session.RunAsync(step with { Files = [] }, _around.Fill(step, condition.Script), Write, cancel);
        if (run.ExitCode != 0 || run.TimedOut || run.Outputs.Count == 0)
            return (OnCondition.Abort, run.TimedOut ? "Its `if` was not decided within the step's time." : $"Its `if` could not be decided: exit code {run.ExitCode}.");
        var holds = run.Outputs[0].GetValueOrDefault(StepCondition.Output) == StepCondition.Holds;
        var decision = holds ? condition.Then : condition.Else;
        Write($"imagebuilder: the condition {(holds ? "holds" : "does not hold")}: {decision}");
        return (decision, holds ? "Its `if` holds, and `then` is Abort." : "Its `if` does not hold, and `else` is Abort.");
    }

    private async Task<StepOutcome> AttemptsAsync(CancellationToken cancel)
    {
        // As they are now: what the iterations do cannot change which ones there are.
        var values = step.Loop is { } loop ? _around.Values(step, loop) : null;
        while (true)
        {
            if (++_attempts > 1) Write($"imagebuilder: attempt {_attempts} of {step.MaxAttempts}");
            _documents.Clear();
            var attempt = await AttemptAsync(values, cancel);
            if (!attempt.Failed) return Outcome(StepStatus.Success, attempt, "");
            if (_attempts >= step.MaxAttempts) return Failure(attempt, attempt.Message(step));
        }
    }

    private async Task<Attempt> AttemptAsync(IEnumerable<string>? values, CancellationToken cancel)
    {
        var limit = new TimeLimit(step.TimeoutSeconds, clock);
        if (values is null) return await OnceAsync(0, limit, cancel);
        var (count, outputs) = (0, new MergedOutputs());
        foreach (var value in values)
        {
            _context = _around.At(step, count, value);
            Write($"imagebuilder: iteration {count}: {OneLine(value)}");
            var once = limit.Over ? new Attempt(-1, TimedOut: true, []) : await OnceAsync(count, limit, cancel);
            if (once.Failed) return once with { Outputs = outputs.All, Iteration = (count, OneLine(value)) };
            outputs.Add(once.Outputs);
            count++;
        }

        if (count == 0) Write("imagebuilder: the list is empty: there is nothing to do");
        return Attempt.Done(outputs.All);
    }

    // A restart does not begin the loop anew: the iteration that asked for it runs again.
    private async Task<Attempt> OnceAsync(int iteration, TimeLimit limit, CancellationToken cancel)
    {
        if (step.Documents.Count > 0) return await DocumentAsync(step.Documents[step.Documents.Count > 1 ? iteration : 0], iteration, cancel);
        var script = _context.Fill(step, step.Script);
        for (var asked = 0; ; asked++)
        {
            var now = step with { TimeoutSeconds = limit.Left };
            var run = await (step.Transfer == Transfer.None ? session.RunAsync(now, script, Write, cancel)
                : runner.Transfers.RunAsync(session, now, _context.Given(step), script, Write, cancel));
            if (run.ExitCode == step.Script.Shell.RebootExitCode() && !run.TimedOut)
            {
                if (asked < MostRestarts)
                {
                    await RestartAsync(cancel);
                    limit.Restart();
                    continue;
                }

                Write($"imagebuilder: asked for a restart {asked + 1} times in a row");
            }

            if (run is { ExitCode: 0, TimedOut: false } && step.Reboots) await RestartAsync(cancel);
            return new Attempt(run.ExitCode, run.TimedOut, [.. run.Outputs.Select(Trimmed)]);
        }
    }

    private async Task<Attempt> DocumentAsync(PlannedDocument document, int iteration, CancellationToken cancel)
    {
        Write($"imagebuilder: runs {document.File}");
        var logs = Path.Combine(Path.ChangeExtension(log.Path, null), step.Loop is null ? "" : iteration.ToString(CultureInfo.InvariantCulture));
        var outcome = await runner.RunAsync(session, document, _context with { Logs = logs }, cancel);
        _documents.Add(outcome);
        var steps = outcome.Phases.SelectMany(p => p.Steps).ToList();
        foreach (var done in steps) Write($"{done.Step.Phase}/{done.Step.Name}: {done.Status}");
        if (steps.Find(s => s.Failed) is { } failed)
            foreach (var line in failed.Tail) Write(line);
        if (outcome.Message.Length > 0) Write(outcome.Message);
        return new Attempt(outcome.Status == StepStatus.Failed ? 1 : 0, TimedOut: false, [Summary(outcome, steps, logs)]);
    }

    // What its steps downloaded is known by the outer step's layer only.
    private static Dictionary<string, string> Summary(DocumentOutcome outcome, List<StepOutcome> steps, string logs)
    {
        var summary = Counts(outcome, steps, logs);
        if (string.Join('\n', steps.SelectMany(s => s.Outputs).Select(o => o.GetValueOrDefault(StepOutcome.Downloads)).OfType<string>()) is { Length: > 0 } downloads)
            summary[StepOutcome.Downloads] = downloads;
        return summary;
    }

    private static Dictionary<string, string> Counts(DocumentOutcome outcome, List<StepOutcome> steps, string logs) => new()
    {
        ["executedStepCount"] = Text(steps.Count(s => s.Status != StepStatus.Skipped)),
        ["executionId"] = outcome.ExecutionId,
        ["failedStepCount"] = Text(steps.Count(s => s.Failed)),
        ["failureMessage"] = outcome.Message,
        ["ignoredFailedStepCount"] = Text(steps.Count(s => s.Status == StepStatus.IgnoredFailure)),
        ["logUrl"] = logs,
        ["status"] = outcome.Status,
    };

    // As a shell's $(…): documents write `exit {{ build.Check.outputs.stdout }}`. What a file holds is another thing.
    private static IReadOnlyDictionary<string, string> Trimmed(IReadOnlyDictionary<string, string> outputs) =>
        outputs.ToDictionary(o => o.Key, o => o.Key == "content" ? o.Value : o.Value.TrimEnd('\n', '\r'));

    private async Task RestartAsync(CancellationToken cancel)
    {
        Write("imagebuilder: restart");
        _restarts++;
        await session.RebootAsync(log.Show, cancel);
    }

    private void Write(string line)
    {
        var shown = _around.Secrets.Hide(line);
        log.Write(shown);
        runner.Listener?.Line(step, shown);
    }

    private StepOutcome Failure(Attempt attempt, string message) =>
        Outcome(step.OnFailure == OnFailure.Ignore ? StepStatus.IgnoredFailure : StepStatus.Failed, attempt, message);

    private StepOutcome Outcome(string status, Attempt attempt, string message) =>
        new(step, status, attempt.ExitCode, attempt.TimedOut, clock.GetElapsedTime(_started).TotalSeconds, attempt.Outputs, log.Tail, log.Path)
        {
            Message = _around.Secrets.Hide(message),
            Started = _begun,
            Ended = clock.GetUtcNow(),
            Attempts = _attempts,
            Restarts = _restarts,
            Inputs = _context.Inputs(step),
            Documents = [.. _documents],
        };

    private static string OneLine(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>How one attempt, or one iteration of it, ended.</summary>
    /// <param name="Iteration">The one that failed; null without a loop.</param>
    private sealed record Attempt(
        int ExitCode, bool TimedOut, IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs, (int Index, string Value)? Iteration = null)
    {
        public static Attempt Done(IReadOnlyList<IReadOnlyDictionary<string, string>> outputs) => new(0, TimedOut: false, outputs);

        public bool Failed => ExitCode != 0 || TimedOut;

        public string Message(PlannedStep step) => (Iteration, TimedOut) switch
        {
            (null, true) => $"It did not end within its timeoutSeconds of {step.TimeoutSeconds}.",
            (null, _) => $"It ended with exit code {ExitCode}.",
            (var (index, value), true) => $"The loop did not end within the step's timeoutSeconds of {step.TimeoutSeconds}; its iteration {index} (`{value}`) was not done.",
            var ((index, value), _) => $"Iteration {index} (`{value}`) ended with exit code {ExitCode}.",
        };
    }
}

/// <summary>The time that all iterations of an attempt have together. After a restart of the machine it begins anew.</summary>
internal sealed class TimeLimit(int seconds, TimeProvider clock)
{
    private long _start = clock.GetTimestamp();

    public bool Over => seconds > 0 && Left == 0;

    /// <summary>Whole seconds; −1: no limit.</summary>
    public int Left => seconds <= 0 ? -1 : (int)Math.Clamp(Math.Ceiling(seconds - clock.GetElapsedTime(_start).TotalSeconds), 0, seconds);

    public void Restart() => _start = clock.GetTimestamp();
}

/// <summary>Outputs of iterations: of each name, the values on lines of their own.</summary>
internal sealed class MergedOutputs
{
    private readonly List<Dictionary<string, List<string>>> _entries = [];

    public IReadOnlyList<IReadOnlyDictionary<string, string>> All => [.. _entries.Select(e => e.ToDictionary(o => o.Key, o => string.Join('\n', o.Value)))];

    public void Add(IReadOnlyList<IReadOnlyDictionary<string, string>> outputs)
    {
        while (_entries.Count < outputs.Count) _entries.Add([]);
        foreach (var (entry, merged) in outputs.Zip(_entries))
            foreach (var (name, value) in entry)
                if (!merged.TryAdd(name, [value])) merged[name].Add(value);
    }
}
