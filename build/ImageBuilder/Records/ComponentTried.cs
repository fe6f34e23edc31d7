using ImageBuilder.Problems;

namespace ImageBuilder.Records;

/// <summary>How a component that was run by itself did.</summary>
/// <param name="Exit">Done, or which kind of phase failed.</param>
/// <param name="Problems">The failed steps.</param>
/// <param name="Kept">What to do with the root that was kept, in lines; empty when none was.</param>
public sealed record ComponentTried(
    ExitCode Exit, RunSummary Summary, IReadOnlyList<StepTried> Steps, IReadOnlyList<Problem> Problems, IReadOnlyList<string> Kept);

/// <summary>One step of it.</summary>
public sealed record StepTried(string Phase, string Name, string Action, string Status, double Seconds);
