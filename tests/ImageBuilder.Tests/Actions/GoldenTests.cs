using System.Runtime.CompilerServices;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
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
        var isForWindows = Path.GetFileName(name).StartsWith("windows", StringComparison.Ordinal);
        var (linux, windows) = (Rendered("Linux", path), Rendered("Windows", path));
        Check(path, ".sh.txt", isForWindows ? [] : linux.Steps);
        Check(path, ".ps1.txt", windows.Steps);
        Check(path.Replace(".in.yml", ".problems.txt", StringComparison.Ordinal), string.Join("\n", (isForWindows ? windows : linux).Problems.Select(Shown)));
    }

    [Fact]
    public void Every_action_has_its_cases() => Assert.Equal([], Catalog<IActionModule>.All.Where(a => !a.RunsDocument).SelectMany(a =>
    {
        var folder = Path.Combine(Folder(), a.Name);
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        return a.Platforms.Select(p => Shells.Of(p).Extension() + ".txt").Append("mistakes.problems.txt").Distinct()
            .Where(ending => !files.Any(f => f.EndsWith(ending, StringComparison.Ordinal))).Select(ending => $"{a.Name}: no case has a result {ending}");
    }));

    private static RenderedDocument Rendered(string platform, string path) =>
        RenderedDocument.For(platform, File.ReadAllText(path), Path.GetDirectoryName(path)!, Path.GetFileName(path)); // it lies in a folder

    public static string Shown(Problem problem) =>
        $"{problem}{(problem.Severity == Severity.Warning ? " (warning)" : "")}\n  why: {problem.Why}\n  fix: {problem.Fix}\n";

    private static void Check(string path, string ending, IReadOnlyList<RenderedDocument.Step> steps) =>
        Check(path.Replace(".in.yml", ending, StringComparison.Ordinal), string.Join("\n", steps.SelectMany(s => s.Scripts)));

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
