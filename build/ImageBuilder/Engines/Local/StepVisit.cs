using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Lets the person at the terminal into the roots of steps: before one that was named, and where one failed. What is done there by hand is
/// thrown away: nothing of it can get into a layer.
/// </summary>
internal sealed class StepVisit(BuildRun run)
{
    private const string AtHand = "  its script is /run/imagebuilder/script, its files are in /run/imagebuilder/files";

    /// <summary>Whether the build stops before this step.</summary>
    public bool StopsBefore(PlannedStep step) => run.Wishes.Breaks.Contains(step.Id);

    /// <summary>Opens a shell before a step. An exit code that is not 0 stops the build.</summary>
    /// <param name="shell">Opens it for a terminal of that kind.</param>
    public async Task BeforeAsync(PlannedStep step, Func<string, CancellationToken, Task<int>> shell, CancellationToken cancel)
    {
        var code = await OpenAsync(shell,
        [
            $"Before the step {step.Id} ({step.At}): a shell in its root. What you change here is thrown away.",
            AtHand,
            "  exit 0   go on with the build        exit 1 (or any other)   stop it",
        ], cancel);
        if (code == 0) return;
        throw new ProblemException(ExitCode.Stopped, new Problem("IB4121", $"The build was stopped before the step `{step.Id}`.",
            $"The shell there ended with exit code {code}; 0 goes on.", "Run the same command again: it goes on at this step.", step.At));
    }

    /// <summary>Opens a shell where a step failed, if that is wished.</summary>
    /// <returns>True when the step shall be tried again.</returns>
    public async Task<bool> AgainAsync(StepOutcome failed, Func<string, CancellationToken, Task<int>> shell, CancellationToken cancel)
    {
        if (run.Wishes.OnError != OnError.Shell) return false;
        return await OpenAsync(shell,
        [
            $"The step {failed.Step.Id} ({failed.Step.At}) failed. {failed.Message}",
            .. failed.Tail.Select(line => $"    {line}"),
            "A shell in its root, as it left it. What you change here is thrown away.",
            AtHand,
            "  exit 0   try the step again on a clean root        exit 1 (or any other)   end the build",
        ], cancel) == 0;
    }

    private async Task<int> OpenAsync(Func<string, CancellationToken, Task<int>> shell, IReadOnlyList<string> lines, CancellationToken cancel)
    {
        using var turn = await run.Wishes.Dialogue.BeginAsync(lines, cancel);
        return await shell(run.Wishes.Dialogue.TerminalKind, cancel);
    }
}
