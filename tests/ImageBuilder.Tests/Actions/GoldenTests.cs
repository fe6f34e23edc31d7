using System.Runtime.CompilerServices;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Actions;

/// <summary>The specification of the action modules: see README.md in this folder.</summary>
public sealed class GoldenTests
{
    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!; // a compiler-given path has a folder

    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(Folder(), "*.in.yml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder(), f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Cases))]
    public void A_document_becomes_the_scripts_or_the_problems_beside_it(string name)
    {
        var path = Path.Combine(Folder(), name);
        var rendered = RenderedDocument.Of(File.ReadAllText(path), Path.GetDirectoryName(path)!, Path.GetFileName(path)); // it lies in a folder
        Check(path.Replace(".in.yml", ".sh.txt"), string.Join("\n", rendered.Steps.SelectMany(s => s.Scripts)));
        Check(path.Replace(".in.yml", ".problems.txt"), string.Join("\n", rendered.Problems.Select(Shown)));
    }

    public static string Shown(Problem problem) =>
        $"{problem}{(problem.Severity == Severity.Warning ? " (warning)" : "")}\n  why: {problem.Why}\n  fix: {problem.Fix}\n";

    private static void Check(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write")
        {
            File.Delete(path);
            if (text.Length > 0) File.WriteAllText(path, text);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "", text);
    }
}
