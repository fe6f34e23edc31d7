using System.Runtime.CompilerServices;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Library;

/// <summary>A repository with one recipe and components of this repository, and of the test's own.</summary>
internal sealed class LibraryRepository(string recipe) : IDisposable
{
    private static readonly ProgramRunner s_programs = new();

    public string Root { get; } = Directory.CreateTempSubdirectory("imagebuilder-library-").FullName;

    /// <summary>What the program's steps have written, by phase and step: <c>component-phase-Step.log</c>.</summary>
    public IReadOnlyDictionary<string, string> Logs =>
        Directory.EnumerateFiles(Path.Combine(Root, "artifacts", recipe, "1.0.0/logs"), "*.log", SearchOption.AllDirectories)
            .Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])) // of steps; the others are each component's as AWSTOE has them
            .ToDictionary(f => Path.GetFileName(f)[4..], File.ReadAllText);

    /// <summary>What steps whose log's name begins so have written.</summary>
    public string Log(string start) => string.Concat(Logs.Where(l => l.Key.StartsWith(start, StringComparison.Ordinal)).Select(l => l.Value));

    /// <summary>The text of a component of this repository.</summary>
    public static string Ours(string component, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../..", "components", component, "1.0.0/component.yml")); // a compiler-given path has a folder

    /// <summary>The same steps in another phase, where what they look at is there.</summary>
    public static string InPhase(string phase, string component) => Ours(component)
        .Replace("- name: test\n", $"- name: {phase}\n", StringComparison.Ordinal).Replace("{{ test.", $"{{{{ {phase}.", StringComparison.Ordinal);

    public void Copy(params IEnumerable<string> components)
    {
        foreach (var name in components) Add(name, Ours(name));
    }

    public void Add(string component, string document) => Write($"components/{component}/1.0.0/component.yml", document);

    /// <param name="rest">The recipe from its components on.</param>
    public void WriteRecipe(string rest) => Write($"recipes/{recipe}/recipe.yml", $$"""
        schemaVersion: 1.0
        name: {{recipe}}
        version: 1.0.0
        platform: Linux
        architecture: x86_64
        parentImage: { local: debian:12 }

        """ + rest);

    public void Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder of ours
        File.WriteAllText(path, text);
    }

    public Task<ProgramResult> RunAsync(string target, CancellationToken cancel)
    {
        // tests/ImageBuilder.SystemTests/bin/Debug/net10.0 → the program built beside it.
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        var program = Path.Combine(root, Path.GetRelativePath(Path.Combine(root, "tests/ImageBuilder.SystemTests"), AppContext.BaseDirectory)
            .Insert(0, "build/Build/"), "ImageBuilderBuild.dll");
        return s_programs.RunAsync(new Command("dotnet", program, $"--target={target}", $"--working={Root}", $"--cache={TestBuild.Cache}"), cancel);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
