using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Running;

/// <summary>How a step ended after all its attempts. <paramref name="Status"/> is one of <see cref="StepStatus"/>.</summary>
/// <param name="Outputs">A map for each entry of the inputs; of a loop, each value is that of all iterations, on lines of their own.</param>
public sealed record StepOutcome(
    PlannedStep Step, string Status, int ExitCode, bool TimedOut, double Seconds,
    IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs, IReadOnlyList<string> Tail, string Log)
{
    /// <summary>An output that no document can refer to: a line <c>SHA-256  file</c> for everything that the step downloaded.</summary>
    public const string Downloads = "downloads";

    public bool Failed => Status == StepStatus.Failed;

    /// <summary>How it failed, in a sentence that names the iteration; empty when it did not.</summary>
    public string Message { get; init; } = "";

    /// <summary>What is wrong when it is not the script's exit code: e.g. a reference without value.</summary>
    public Problem? Problem { get; init; }

    public DateTimeOffset Started { get; init; }

    public DateTimeOffset Ended { get; init; }

    /// <summary>How often it was tried; 0 when its <c>if</c> kept it from running.</summary>
    public int Attempts { get; init; }

    /// <summary>How often it restarted the machine.</summary>
    public int Restarts { get; init; }

    /// <summary>The inputs as they were in the last iteration, a map for each entry. Secrets are stars.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Inputs { get; init; } = [];

    /// <summary>The documents it ran, in the order in which they ended; of the last attempt.</summary>
    public IReadOnlyList<DocumentOutcome> Documents { get; init; } = [];
}

/// <summary>How a document's phases ended. <paramref name="Status"/> is one of <see cref="StepStatus"/>.</summary>
/// <param name="ExecutionId">Different for each run.</param>
/// <param name="Message">The message of the step that failed; empty when none did.</param>
public sealed record DocumentOutcome(
    string ExecutionId, string Name, string Description, string File, string Status, DateTimeOffset Started, DateTimeOffset Ended, string Message,
    IReadOnlyList<PhaseOutcome> Phases);

/// <summary>How the steps of a phase ended. <paramref name="Status"/> is one of <see cref="StepStatus"/>.</summary>
public sealed record PhaseOutcome(
    string Name, string Status, DateTimeOffset Started, DateTimeOffset Ended, string Message, IReadOnlyList<StepOutcome> Steps);

/// <summary>Status words of steps, phases and documents, as AWSTOE's logs have them.</summary>
public static class StepStatus
{
    public const string Success = "success";
    public const string Failed = "failed";
    public const string IgnoredFailure = "IgnoredFailure";
    public const string Skipped = "skipped";
    public const string SuccessWithIgnoredFailure = "SuccessWithIgnoredFailure";

    /// <summary>The status of a phase by those of its steps, and of a document by those of its phases.</summary>
    public static string Of(IEnumerable<string> parts)
    {
        var all = parts.ToHashSet();
        return all.Contains(Failed) ? Failed : all.Contains(IgnoredFailure) || all.Contains(SuccessWithIgnoredFailure) ? SuccessWithIgnoredFailure : Success;
    }
}
