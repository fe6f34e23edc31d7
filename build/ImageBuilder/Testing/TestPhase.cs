using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Running;

namespace ImageBuilder.Testing;

/// <summary>Runs the test phases of a plan in a session and makes a test case of each step.</summary>
public sealed class TestPhase(StepRunner runner)
{
    // Of each step's log; the whole one lies in the image's folder.
    private const int OutputLimit = 32768;

    /// <summary>A step that fails ends its own component's phase: the steps after it are skipped. Other components' tests run.</summary>
    /// <param name="done">Gets each case as it ends.</param>
    public async Task<IReadOnlyList<TestCase>> RunAsync(
        IImageSession session, IReadOnlyList<PlannedStep> steps, Action<TestCase> done, CancellationToken cancel)
    {
        var (book, cases, broken) = (new OutputBook(), new List<TestCase>(), new HashSet<string>());
        foreach (var (index, step) in steps.Index())
        {
            var made = broken.Contains(step.Component)
                ? new TestCase(step.Id, Passed: false, Skipped: true, 0, 0, "An earlier step of this component failed.", "")
                : await RunAsync(session, step, index + 1, book, cancel);
            if (!made.Passed && step.OnFailure == OnFailure.Abort) broken.Add(step.Component);
            cases.Add(made);
            done(made);
        }

        return cases;
    }

    private async Task<TestCase> RunAsync(IImageSession session, PlannedStep step, int number, OutputBook book, CancellationToken cancel)
    {
        try
        {
            var outcome = await runner.RunAsync(session, step, number, book, cancel);
            return new TestCase(step.Id, !outcome.Failed, outcome.Status == StepStatus.Skipped, outcome.Seconds, outcome.ExitCode, outcome.Failed ? Message(outcome) : "",
                await OutputAsync(outcome.Log, cancel));
        }
        catch (ProblemException e) when (e.Exit == ExitCode.BuildFailed && !cancel.IsCancellationRequested)
        {
            return new TestCase(step.Id, Passed: false, Skipped: false, 0, -1, string.Join('\n', e.Problems.Select(p => $"{p.What} {p.Why}")), "");
        }
    }

    private static string Message(StepOutcome outcome)
    {
        var how = outcome.Message.TrimEnd('.');
        var last = outcome.Tail.LastOrDefault(l => l.Trim().Length > 0);
        return last is null ? how : $"{how}: {last.Trim()}";
    }

    private static async Task<string> OutputAsync(string log, CancellationToken cancel)
    {
        await using var file = File.OpenRead(log);
        file.Position = Math.Max(0, file.Length - OutputLimit);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancel);
    }
}
