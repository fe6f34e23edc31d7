namespace ImageBuilder.Problems;

/// <summary>Collects problems, so that all mistakes of an input are shown in one run.</summary>
public sealed class ProblemBag
{
    private readonly List<Problem> _problems = [];

    public IReadOnlyList<Problem> All => _problems;

    public bool HasErrors => _problems.Exists(p => p.Severity == Severity.Error);

    public void Add(Problem problem) => _problems.Add(problem);

    public void AddRange(IEnumerable<Problem> problems) => _problems.AddRange(problems);

    /// <summary>Throws when an error was collected; warnings alone do not throw.</summary>
    public void ThrowIfErrors(ExitCode exit = ExitCode.Usage)
    {
        if (HasErrors) throw new ProblemException(exit, [.. _problems]);
    }
}
