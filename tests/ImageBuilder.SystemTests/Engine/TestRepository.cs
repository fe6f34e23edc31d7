using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>A repository with one recipe of one component, built by the real program in a process of its own.</summary>
internal sealed class TestRepository : IDisposable
{
    private static readonly ProgramRunner s_programs = new();

    /// <param name="script">Commands of the component's only build step.</param>
    /// <param name="more">Further keys of that step, e.g. <c>timeoutSeconds: 3</c>.</param>
    public TestRepository(string script, string more = "")
    {
        Folder = Directory.CreateTempSubdirectory("imagebuilder-test-").FullName;
        Cache = TestBuild.Cache;
        Write("recipes/faulty/recipe.yml", """
            schemaVersion: 1.0
            name: faulty
            version: 1.0.0
            description: Made up
            platform: Linux
            architecture: x86_64
            parentImage:
              local: debian:12
            components:
              - name: faulty
                version: 1.0.0
            disk: { size: 2GiB, fileSystem: ext4, firmware: [bios] }
            outputs: [raw]
            """);
        Write("components/faulty/1.0.0/component.yml", $"""
            schemaVersion: 1.0
            name: faulty
            description: Made up
            phases:
              - name: build
                steps:
                  - name: It
                    action: ExecuteBash
                    {more}
                    inputs:
                      commands:
                        - |
                          {script.ReplaceLineEndings("\n                          ")}
            """);
    }

    public string Folder { get; }

    public string Cache { get; set; }

    public string Mirror { get; set; } = "";

    public string Artifacts => Path.Combine(Folder, "artifacts");

    public Command Command(string target)
    {
        // tests/ImageBuilder.SystemTests/bin/Debug/net10.0 → the program built beside it.
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        var program = Path.Combine(root, Path.GetRelativePath(Path.Combine(root, "tests/ImageBuilder.SystemTests"), AppContext.BaseDirectory)
            .Insert(0, "build/Build/"), "ImageBuilderBuild.dll");
        string[] mirror = Mirror.Length > 0 ? [$"--mirror={Mirror}"] : [];
        return new Command("dotnet", [program, $"--target={target}", $"--working={Folder}", $"--cache={Cache}", .. mirror]);
    }

    public Task<ProgramResult> RunAsync(string target, CancellationToken cancel) => s_programs.RunAsync(Command(target), cancel);

    /// <summary>Starts it and waits until its output has the text.</summary>
    public async Task<IRunningProgram> StartAsync(string target, string until, CancellationToken cancel)
    {
        var program = s_programs.Start(Command(target));
        var reader = new StreamReader(program.Output);
        while (await reader.ReadLineAsync(cancel) is { } line)
            if (line.Contains(until, StringComparison.Ordinal)) return program;
        throw new InvalidOperationException($"It ended without saying `{until}`.");
    }

    /// <summary>Changes the component's document.</summary>
    public void Replace(string text, string by)
    {
        var component = Path.Combine(Folder, "components/faulty/1.0.0/component.yml");
        File.WriteAllText(component, File.ReadAllText(component).Replace(text, by, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder of ours
        File.WriteAllText(path, text);
    }
}
