using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Reports;

namespace Build;

/// <summary>Validates the component documents of <c>--document=</c>, wherever they are: all mistakes of all files in one run.</summary>
internal static class DocumentValidation
{
    public static void Run(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        var missing = new ProblemBag();
        var finder = new DocumentFiles(missing);
        var check = new DocumentCheck();
        var right = 0;
        var documents = finder.Find(options.Documents);
        var problems = new List<Problem>(missing.All);
        foreach (var path in documents)
        {
            cancel.ThrowIfCancellationRequested();
            var found = check.Check(path, options.ShowDocument(path), options.Platform);
            problems.AddRange(found);
            if (!found.Any(p => p.Severity == Severity.Error)) right++;
        }

        session.Close(Counts(documents.Count, right, problems, finder.Skipped));
        if (problems.Exists(p => p.Severity == Severity.Error)) throw new ProblemException(ExitCode.Usage, problems);
        foreach (var warning in problems) session.Console.Problem(warning);
    }

    private static string Counts(int documents, int right, List<Problem> problems, int skipped)
    {
        var errors = problems.Count(p => p.Severity == Severity.Error);
        var others = skipped == 0 ? "" : $" {Figures.Count(skipped, "other file")} left out.";
        return $"{Figures.Count(documents, "document")}: {right} right, {documents - right} with mistakes "
            + $"({Figures.Count(errors, "error")}, {Figures.Count(problems.Count - errors, "warning")}).{others}";
    }
}
