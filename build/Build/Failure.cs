using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace Build;

/// <summary>
/// Exceptions as problems. What is not a <see cref="ProblemException"/> is a mistake of this program and is said to be one.
/// </summary>
internal static class Failure
{
    public static ExitCode ExitOf(Exception cause) => cause is ProblemException known ? known.Exit
        : IsFull(cause) ? ExitCode.BuildFailed : ExitCode.Bug;

    /// <param name="folders">Where the run writes.</param>
    public static IReadOnlyList<Problem> ProblemsOf(Exception cause, bool diagnostic, params IReadOnlyList<string> folders) =>
        cause is ProblemException known ? known.Problems : IsFull(cause) ?
    [
        new Problem("IB3005", "A file system that the run writes to is full.",
            string.Join('\n', folders.Select(f => $"{Room.Of(f)} are free in `{f}`.").Prepend(cause.Message)),
            "Free some space there, or choose other folders with --artifacts= and --cache=. Nothing half-made is kept."),
    ] :
    [
        new Problem("IB7090", $"This is a bug of the image builder: {cause.GetType().Name}: {cause.Message}",
            diagnostic ? cause.ToString()
                : "The program met something that it was not written for; nothing is wrong with your input that it knows of.",
            diagnostic ? "Report it with the text above."
            : "Run the same command with --verbosity=diagnostic and report what it prints."),
    ];

    private static bool IsFull(Exception cause) => cause is IOException e && Room.IsFull(e);
}
