using Build;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Tests.Aws;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>The program with the outside world replaced: plans, engine, formats and clock are this test's own.</summary>
internal sealed class FakeWorld : IPlanner, IImageExporter, IDisposable
{
    private ServedWorld? _served;

    public FakeWorld()
    {
        Engine = new FakeEngine(Clock);
        Environment["IMAGEBUILDER_CALLER"] = Folder;
        Environment["XDG_CACHE_HOME"] = Cache;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("program-").FullName;

    public string Cache { get; } = Directory.CreateTempSubdirectory("cache-").FullName;

    public ManualClock Clock { get; } = new();

    public FakeEngine Engine { get; }

    /// <summary>Small, so that recipes are built one after the other where the test does not say otherwise.</summary>
    public HostSize Host { get; set; } = new(1, 4L << 30);

    public List<Plan> Plans { get; } = [];

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Set to read recipes and components from <see cref="Folder"/> instead of <see cref="Plans"/>.</summary>
    public IPlanner? Planner { get; set; }

    /// <summary>Real ones.</summary>
    public List<IImageEngine> Engines { get; } = [];

    /// <summary>Set to export for real.</summary>
    public IImageExporter? Exporter { get; set; }

    public FakeCloud Cloud { get; } = new();

    /// <summary>What the program sees instead of <see cref="Cloud"/>.</summary>
    public ICloud? SeenCloud { get; set; }

    /// <summary>Looks for what this machine needs.</summary>
    public Func<Task> EnsureTools { get; set; } = () => Task.CompletedTask;

    public CancellationTokenSource Stop { get; } = new();

    public bool OnTerminal { get; set; }

    public bool InputIsTerminal { get; set; }

    /// <summary>What is piped into the program.</summary>
    public string Input { get; set; } = "";

    /// <summary>What the program handed on as bytes.</summary>
    public string Piped { get; private set; } = "";

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>What a person sees: both streams in the order of writing.</summary>
    public string Shown { get; private set; } = "";

    public static Plan PlanOf(string recipe, string digest = "d1", params string[] tests) => new()
    {
        Recipe = recipe,
        Version = "1.0.0",
        RecipeFile = $"recipes/{recipe}/recipe.yml",
        Engine = "local",
        Architecture = "x86_64",
        Parent = new ParentImage("distribution", "debian:12", "debian", "bookworm", ["dash"], "parent-key"),
        Build = [Step("nginx", "build", "Install", $"{digest}-install"),
        Step("nginx", "build", "Configure", $"{digest}-configure")],
        Test = [.. tests.Select(t => Step("nginx", "test", t, ""))],
        Disk = new DiskPlan(4L << 30, "ext4", ["bios", "uefi"]),
        Outputs = ["qcow2"],
        Digest = digest,
    };

    /// <summary>The recipe that starts from another one's image.</summary>
    public static Plan ChildOf(Plan parent, string recipe, string digest) => PlanOf(recipe, digest) with
    {
        Parent = parent.Parent with { Kind = "recipe", Reference = $"recipe:{parent.Recipe}", Key = parent.TopKey, Plan = parent },
    };

    public int Run(params string[] arguments)
    {
        using var shown = new StringWriter();
        using var output = new Tee(shown);
        using var error = new Tee(shown);
        using var piped = new MemoryStream();
        var terminal = OnTerminal ? new Terminal(output, error, Live: true, Color: true, 80) : Terminal.Plain(output, error);
        var ports = new Ports(terminal, Environment.GetValueOrDefault, new SettledHost(), Clock, () => [Engine, .. Engines],
            () => Planner ?? this, () => Exporter ?? this)
        {
            Host = Host,
            EnsureTools = (_, _, _, _) => EnsureTools(),
            Cloud = () => SeenCloud ?? Cloud,
            InputIsTerminal = InputIsTerminal,
            Input = new StringReader(Input),
            Output = piped,
        };
        var exit = global::Build.Program.Run([$"--working={Folder}", .. arguments], ports, Stop.Token);
        (Output, Error, Shown) = (output.ToString(), error.ToString(), shown.ToString().Replace(Folder, "/repository", StringComparison.Ordinal));
        Piped = System.Text.Encoding.UTF8.GetString(piped.ToArray());
        return exit;
    }

    public void Write(string path, string text)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!); // below the folder
        File.WriteAllText(full, text);
    }

    public string ArtifactsOf(string recipe) => Path.Combine(Folder, "artifacts", recipe, "1.0.0");

    public Task<Planned> PlanAsync(PlanRequest request, CancellationToken cancel)
    {
        List<Plan> plans = [.. Plans.Where(p => request.Recipes.Count == 0 || request.Recipes.Contains(p.Recipe))];
        var parents = plans.SelectMany(p => p.Parent.Line).DistinctBy(p => p.Recipe).ExceptBy(plans.Select(p => p.Recipe), p => p.Recipe);
        return Task.FromResult(new Planned(plans, []) { Parents = [.. parents] });
    }

    public Task<Planned> PlanTrialAsync(TrialRequest request, CancellationToken cancel) => PlanAsync(request.Request, cancel);

    public bool IsCurrent(BuildRun run, DiskMade disk, Tested tested, Exported found) =>
        found.DiskSha256 == tested.DiskSha256 && found.Artifacts.All(a => File.Exists(Path.Combine(run.Folder, a.File)));

    public IReadOnlyList<Artifact> Kept(BuildRun run, string diskSha256, Exported? last) =>
        last?.DiskSha256 != diskSha256 ? [] : [.. last.Artifacts.Where(a => File.Exists(Path.Combine(run.Folder, a.File)))];

    public async Task<Exported> ExportAsync(BuildRun run, DiskMade disk, Tested tested, CancellationToken cancel)
    {
        Engine.Add("Export", run.Plan);
        Engine.On("Export", run.Plan);
        var file = $"{run.Plan.Recipe}-1.0.0.qcow2";
        await File.WriteAllTextAsync(Path.Combine(run.Folder, file), "qcow2", cancel);
        var artifact = new Artifact("qcow2", file, 5, 5, DateTime.UnixEpoch, Engine.Disk is null ? "abcdef".PadRight(64, '0') : FakeEngine.Sha256("qcow2"u8), "qemu-img compare");
        Clock.Advance(TimeSpan.FromSeconds(1.4));
        run.Report.Write(new ArtifactWritten(artifact, 1.4));
        return new Exported(run.Plan.Stages.Export, 1, tested.DiskSha256, File.GetLastWriteTimeUtc(Path.Combine(run.Folder, disk.File)), "fake", [artifact]);
    }

    /// <summary>From now on the program sees the cloud through the real clients of AWS, over HTTP.</summary>
    /// <param name="region">The caller's.</param>
    public CloudServer Serve(string region)
    {
        _served = new ServedWorld(this, region);
        return _served.Server;
    }

    public void Dispose()
    {
        _served?.Dispose();
        Stop.Dispose();
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(Cache, recursive: true);
    }

    private static PlannedStep Step(string component, string phase, string name, string key) => new()
    {
        Component = component,
        ComponentVersion = "1.0.0",
        Phase = phase,
        Name = name,
        Action = "ExecuteBash",
        Script = Script.Of($"#!/bin/bash\necho {name}\n"),
        At = new Place($"components/{component}/1.0.0/component.yml", 4, 3),
        Key = key,
    };

    private sealed class Tee(TextWriter other) : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            other.Write(value);
        }

        public override void Write(string? value)
        {
            base.Write(value);
            other.Write(value);
        }
    }
}
