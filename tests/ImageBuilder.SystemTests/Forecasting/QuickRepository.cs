using System.Text.Json;
using ImageBuilder.Exporting;
using ImageBuilder.Planning;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.SystemTests.Forecasting;

/// <summary>A repository with one small recipe, its artifacts and its cache, and the program to run in it.</summary>
internal sealed class QuickRepository : IDisposable
{
    private const string Recipe = """
        # A comment
        schemaVersion: 1.0
        name: quick
        version: 1.0.0
        description: Made up
        parentImage: { local: debian:12 }
        components:
          - name: app
            version: 1.x.x
            parameters:
              Port: "8080"
              Host: here
        disk: { size: 1GiB, firmware: [bios] }
        outputs: [raw, ova]

        """;

    private const string Component = """
        schemaVersion: 1.0
        name: app
        description: Made up
        parameters:
          - Port: { type: string }
          - Host: { type: string, default: there }
        constants:
          - Greeting: { type: string, value: hello }
        phases:
          - name: build
            steps:
              - name: One
                action: ExecuteBash
                timeoutSeconds: 100
                inputs:
                  commands:
                    - echo '{{ Port }}' >/etc/one
              - name: Two
                action: CopyFile
                inputs:
                  - source: files/page
                    destination: /etc/page
                  - source: files/conf.sbn
                    destination: /etc/conf
              - name: Three
                action: ExecuteBash
                if: { fileExists: /etc/one }
                loop: { forEach: [a, b] }
                inputs:
                  commands:
                    - echo '{{ Greeting }} {{ loop.value }}' >>/etc/three
          - name: test
            steps:
              - name: Ask
                action: ExecuteBash
                inputs:
                  commands: [cat /etc/one]

        """;

    private static readonly ProgramRunner s_programs = new();

    private QuickRepository() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"imagebuilder-quick-{Guid.NewGuid():N}");

    public Dictionary<string, string> Environment { get; } = [];

    public string Tools { get; set; } = "e2fsprogs 1";

    /// <summary>Packages of the parent image besides those that it has.</summary>
    public IReadOnlyList<string> Packages { get; set; } = [];

    /// <summary>What the package mirror has.</summary>
    public string Parent { get; set; } = "with packages";

    public List<string> Switches { get; } = [];

    public string Output { get; private set; } = "";

    public string Image => Path.Combine(Folder, "artifacts/quick/1.0.0");

    public string Cache => Path.Combine(Folder, "cache");

    /// <summary>A repository that is built.</summary>
    public static QuickRepository Built()
    {
        var repository = new QuickRepository();
        repository.Write("recipes/quick/recipe.yml", Recipe);
        repository.Write("components/app/1.0.0/component.yml", Component);
        repository.Write("components/app/1.0.0/files/page", "page\n");
        repository.Write("components/app/1.0.0/files/conf.sbn", "host={{ Host }}\n");
        repository.Run("Image");
        return repository;
    }

    /// <summary>The same with all that was built.</summary>
    public async Task<QuickRepository> CopyAsync(CancellationToken cancel)
    {
        var copy = new QuickRepository();
        (await s_programs.RunAsync(new Command("cp", "-a", $"{Folder}/.", copy.Folder), cancel)).OrThrow("The repository could not be copied.");
        return copy;
    }

    public void Run(string target, params IEnumerable<string> more)
    {
        using var output = new StringWriter();
        var ports = new Build.Ports(Terminal.Plain(output, output), Environment.GetValueOrDefault, s_programs, TimeProvider.System,
            () => [new QuickEngine(Tools, Parent)], () => new Planner { Distributions = [new QuickDistribution(Packages)] }, () => new Exporter());
        var exit = Build.Program.Run([$"--target={target}", $"--working={Folder}", $"--cache={Cache}", "--no-report", .. Switches, .. more], ports,
            CancellationToken.None);
        Output = output.ToString();
        Assert.True(exit == 0, Output);
    }

    public Forecast Forecast() => JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(Image, RecordFiles.ForecastFile)), RecordJson.Default.Forecast)!; // there

    public string Sha256() => JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(Image, RecordFiles.DiskFile)), RecordJson.Default.DiskMade)!.Digest; // there

    /// <summary>Runs it and says of each stage and each step whether it was reused.</summary>
    public IReadOnlyDictionary<string, bool> Events(string target)
    {
        var file = Path.Combine(Image, EventFile.Name);
        File.Delete(file);
        Run(target);
        var reused = new Dictionary<string, bool>();
        foreach (var line in File.ReadLines(file))
        {
            var happened = JsonDocument.Parse(line).RootElement.GetProperty("event");
            var kind = happened.GetProperty("kind").GetString();
            if (kind == "stageFinished") reused[happened.GetProperty("stage").GetString()!] = happened.GetProperty("reused").GetBoolean(); // has one
            if (kind == "stepFinished")
                reused[$"{happened.GetProperty("stage").GetString()} {happened.GetProperty("id").GetString()}"] = happened.GetProperty("reused").GetBoolean();
        }

        return reused;
    }

    public void Write(string path, string text)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!); // below the folder
        File.WriteAllText(full, text);
    }

    public void Replace(string path, string text, string by)
    {
        var full = Path.Combine(Folder, path);
        var old = File.ReadAllText(full);
        Assert.Contains(text, old, StringComparison.Ordinal);
        File.WriteAllText(full, old.Replace(text, by, StringComparison.Ordinal));
    }

    /// <summary>Folder of the layer that a step has made.</summary>
    public string LayerOf(string step) => Path.Combine(Cache, "layers", JsonSerializer.Deserialize(
        File.ReadAllBytes(Path.Combine(Image, RecordFiles.PlanFile)), RecordJson.Default.Plan)!.Build.Single(s => s.Name == step).Key); // there

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
