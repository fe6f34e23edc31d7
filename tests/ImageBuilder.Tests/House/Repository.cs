using System.Runtime.CompilerServices;

namespace ImageBuilder.Tests.House;

/// <summary>The files of this repository, as the rules read them.</summary>
internal static class Repository
{
    private static readonly string[] s_made = ["bin", "obj", "artifacts", ".git", ".build", ".vs", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every file that is not made by a build, with its path relative to the root.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Below(new DirectoryInfo(Root))
        .Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Sources(string folder) =>
        Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Below(DirectoryInfo folder) => folder.EnumerateFileSystemInfos()
        .Where(e => e.LinkTarget is null && !s_made.Contains(e.Name))
        .SelectMany(e => e is DirectoryInfo inner ? Below(inner) : [e.FullName]);

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ImageBuilderBuild.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests run in a checkout of the repository.");
    }
}
