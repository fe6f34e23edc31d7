using ImageBuilder.Problems;

namespace Build;

/// <summary>
/// Exceptions as problems. What is not a <see cref="ProblemException"/> is a mistake of this program and is said to be one.
/// </summary>
internal static class Failure
{
    public static ExitCode ExitOf(Exception cause) => cause is ProblemException known ? known.Exit : ExitCode.Bug;

    public static IReadOnlyList<Problem> ProblemsOf(Exception cause, bool diagnostic) =>
        cause is ProblemException known ? known.Problems :
    [
        new Problem("IB7090", $"This is a bug of the image builder: {cause.GetType().Name}: {cause.Message}",
            diagnostic ? cause.ToString()
                : "The program met something that it was not written for; nothing is wrong with your input that it knows of.",
            diagnostic ? "Report it with the text above."
            : "Run the same command with --verbosity=diagnostic and report what it prints."),
    ];
}
