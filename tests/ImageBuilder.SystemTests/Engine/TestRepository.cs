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

    private TestRepository(TestRepository other) => (Folder, Cache) = (Directory.CreateTempSubdirectory("imagebuilder-test-").FullName, other.Cache);

    public string Folder { get; }

    public string Cache { get; set; }

    public string Mirror { get; set; } = "";

    /// <summary>Folder of the program's files.</summary>
    public string Program { get; set; } = ProgramFolder();

    /// <summary>Further switches.</summary>
    public IReadOnlyList<string> Switches { get; set; } = [];

    /// <summary>A program and its first arguments that starts ours, e.g. <c>unshare --net</c>.</summary>
    public IReadOnlyList<string> Within { get; set; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    public string Artifacts => Path.Combine(Folder, "artifacts");

    /// <summary>Where records and files of the only image are.</summary>
    public string Image => Path.Combine(Artifacts, "faulty/1.0.0");

    private string Component => Path.Combine(Folder, "components/faulty/1.0.0/component.yml");

    private string Recipe => Path.Combine(Folder, "recipes/faulty/recipe.yml");

    /// <summary>The same repository in another folder, with everything that was built in it.</summary>
    public async Task<TestRepository> CopyAsync(CancellationToken cancel)
    {
        var copy = new TestRepository(this);
        (await s_programs.RunAsync(new Command("cp", "-a", $"{Folder}/.", copy.Folder), cancel)).OrThrow("The repository could not be copied.");
        return copy;
    }

    public Command Command(string target)
    {
        string[] mirror = Mirror.Length > 0 ? [$"--mirror={Mirror}"] : [];
        List<string> words = [.. Within, "dotnet", Path.Combine(Program, "ImageBuilderBuild.dll"), $"--target={target}", $"--working={Folder}",
            $"--cache={Cache}", .. mirror, .. Switches];
        return new Command(words[0], words.GetRange(1, words.Count - 1)) { Environment = Environment };
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

    /// <summary>Starts it and waits until something has happened.</summary>
    public async Task<IRunningProgram> StartAsync(string target, Func<bool> happened, CancellationToken cancel)
    {
        var program = s_programs.Start(Command(target));
        var output = new StreamReader(program.Output).ReadToEndAsync(cancel);
        while (!happened())
        {
            if (output.IsCompleted) throw new InvalidOperationException($"It ended before that:\n{await output}");
            await Task.Delay(10, cancel);
        }

        return program;
    }

    /// <summary>Changes the component's document.</summary>
    public void Replace(string text, string by) => Change(Component, text, by);

    /// <summary>Changes the recipe.</summary>
    public void ReplaceInRecipe(string text, string by) => Change(Recipe, text, by);

    /// <summary>Adds a recipe.</summary>
    public void AddRecipe(string name, string parent, params string[] components) => Write($"recipes/{name}/recipe.yml", $$"""
        schemaVersion: 1.0
        name: {{name}}
        version: 1.0.0
        parentImage: { local: '{{parent}}' }
        components: [{{string.Join(", ", components.Select(c => $"{{ name: {c} }}"))}}]
        disk: { size: 2GiB, firmware: [bios] }

        """);

    /// <summary>Adds a component of one build step.</summary>
    public void AddComponent(string name, string script) => Write($"components/{name}/1.0.0/component.yml", $$"""
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Own
                action: ExecuteBash
                inputs:
                  commands:
                    - |
                      {{script.ReplaceLineEndings("\n                      ")}}

        """);

    /// <summary>Adds a phase of steps, each a name and the commands that it runs; without commands it is one of the action Reboot.</summary>
    public void AddPhase(string phase, params (string Name, string? Script)[] steps) => File.AppendAllText(Component,
        $"\n  - name: {phase}\n    steps:\n" + string.Concat(steps.Select(Step)));

    /// <summary>Adds steps to the phase that stands last.</summary>
    public void AddSteps(params (string Name, string? Script)[] steps) => File.AppendAllText(Component, "\n" + string.Concat(steps.Select(Step)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Step((string Name, string? Script) step) => step.Script is null
        ? $"      - name: {step.Name}\n        action: Reboot\n"
        : $"""
                  - name: {step.Name}
                    action: ExecuteBash
                    inputs:
                      commands:
                        - |
                          {step.Script.ReplaceLineEndings("\n              ")}

            """.ReplaceLineEndings("\n");

    private static void Change(string file, string text, string by)
    {
        var old = File.ReadAllText(file);
        Assert.Contains(text, old, StringComparison.Ordinal);
        File.WriteAllText(file, old.Replace(text, by, StringComparison.Ordinal));
    }

    // tests/ImageBuilder.SystemTests/bin/Debug/net10.0 → the program built beside it.
    private static string ProgramFolder()
    {
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        return Path.Combine(root, Path.GetRelativePath(Path.Combine(root, "tests/ImageBuilder.SystemTests"), AppContext.BaseDirectory)
            .Insert(0, "build/Build/"));
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder of ours
        File.WriteAllText(path, text);
    }
}
