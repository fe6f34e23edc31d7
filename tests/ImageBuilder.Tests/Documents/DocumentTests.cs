using System.Globalization;
using System.Runtime.CompilerServices;
using ImageBuilder.Planning;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Documents;

/// <summary>
/// Documents in the style that users write, and in <c>outcomes.txt</c> what is said about each: nothing, or codes with their lines.
/// <c>IMAGEBUILDER_GOLDEN=write</c> writes it anew.
/// </summary>
public sealed class DocumentTests
{
    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!; // a compiler-given path has a folder

    [Fact]
    public void Documents_of_users_are_understood_and_their_mistakes_found()
    {
        var outcomes = Directory.EnumerateFiles(Folder()).Where(f => f.EndsWith(".yml", StringComparison.Ordinal) || f.EndsWith(".json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => $"{Path.GetFileName(f)}: {Outcome(f)}\n");
        var expected = Path.Combine(Folder(), "outcomes.txt");
        var text = string.Concat(outcomes);
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write") File.WriteAllText(expected, text);
        Assert.Equal(File.ReadAllText(expected), text);
    }

    private static string Outcome(string file)
    {
        var problems = new DocumentCheck().Check(file, Path.GetFileName(file), platform: null);
        return problems.Count == 0 ? "valid" : string.Join(", ", problems.Select(Shown));
    }

    private static string Shown(Problem problem) => string.Create(CultureInfo.InvariantCulture,
        $"{problem.Code}{(problem.Severity == Severity.Warning ? " (warning)" : "")} in line {problem.At?.Line}");
}
