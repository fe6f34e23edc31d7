namespace ImageBuilder.Problems;

/// <summary>Ends a stage with problems that the user is shown. Anything else that reaches the user is a bug.</summary>
public sealed class ProblemException(ExitCode exit, IReadOnlyList<Problem> problems, Exception? cause = null)
    : Exception(string.Join(Environment.NewLine, problems), cause)
{
    public ProblemException(ExitCode exit, Problem problem, Exception? cause = null) : this(exit, [problem], cause) { }

    public ExitCode Exit { get; } = exit;

    public IReadOnlyList<Problem> Problems { get; } = problems;
}
