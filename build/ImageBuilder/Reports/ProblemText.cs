using ImageBuilder.Problems;

namespace ImageBuilder.Reports;

/// <summary>A problem as people read it: the place first, as editors can open it, then what, why and how to mend it.</summary>
public static class ProblemText
{
    private const string Indent = "    ";

    public static IEnumerable<string> Lines(Problem problem)
    {
        var place = problem.At is null ? "" : $"{VisibleText.Line(problem.At.ToString())}: ";
        var kind = problem.Severity == Severity.Error ? "error" : "warning";
        yield return $"{place}{kind} {problem.Code}: {VisibleText.Line(problem.What)}";
        foreach (var line in Labelled("why", problem.Why)) yield return line;
        foreach (var line in Labelled("fix", problem.Fix)) yield return line;
    }

    private static IEnumerable<string> Labelled(string label, string text)
    {
        var first = true;
        foreach (var line in VisibleText.Of(text.Trim()).Split('\n'))
        {
            if (line.Length == 0 && first) yield break;
            yield return first ? $"{Indent}{label}: {line}" : $"{Indent}     {line}".TrimEnd();
            first = false;
        }
    }
}
