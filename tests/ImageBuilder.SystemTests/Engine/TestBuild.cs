using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>A build of a made-up recipe on the real parent image, which is made once for all tests.</summary>
internal sealed class TestBuild : IReport
{
    private readonly List<BuildEvent> _events = [];

    /// <summary>Shared with every other test: layers have keys, so tests do not disturb each other.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("IMAGEBUILDER_CACHE")
        ?? Path.Combine(Path.GetTempPath(), $"imagebuilder-tests-{Environment.UserName}");

    public TestBuild(params PlannedStep[] steps)
    {
        Directory.CreateDirectory(Cache);
        Folder = Directory.CreateTempSubdirectory("imagebuilder-test-").FullName;
        var distribution = Catalog<IDistribution>.All.First(d => d.Name == "debian");
        var packages = distribution.BasePackages("bookworm", "x86_64");
        var parent = Digest(string.Join('\n', ["parent", .. packages, distribution.BootstrapInputs("bookworm", "x86_64")]));
        var key = parent;
        Run = new BuildRun(new Plan
        {
            Recipe = "made-up",
            Version = "1.0.0",
            RecipeFile = "recipes/made-up/recipe.yml",
            Engine = "local",
            Architecture = "x86_64",
            Parent = new ParentImage("distribution", "debian:12", "debian", "bookworm", packages, parent),
            Build = [.. steps.Select(s => s with { Key = key = Digest(key + s.Script) })],
            Disk = new DiskPlan(2L << 30, "ext4", ["bios"]),
            Digest = Digest(string.Concat(steps.Select(s => s.Script))),
        }, Folder, new EngineSettings(Folder, Cache, null), new ProgramRunner(), TimeProvider.System, this);
    }

    public string Folder { get; }

    public BuildRun Run { get; private set; }

    public IReadOnlyList<PlannedStep> Validate { init => Run = Run with { Plan = Run.Plan with { Validate = value } }; }

    public IReadOnlyList<BuildEvent> Events => _events;

    public static PlannedStep Step(string name, string script) => new()
    {
        Component = "made-up",
        ComponentVersion = "1.0.0",
        Phase = "build",
        Name = name,
        Action = "ExecuteBash",
        Script = Script.Of(script),
        At = new Place("components/made-up/1.0.0/component.yml", 7, 5),
    };

    /// <summary>Text that makes a script's layer key one that no earlier test run has used.</summary>
    public static string Unique => $"# {Guid.NewGuid()}\n";

    public void Write(BuildEvent happened)
    {
        lock (_events) _events.Add(happened);
    }

    public async Task<LayerChain> ParentAsync(CancellationToken cancel) =>
        (await new LayerMaking(Run, await Sandbox.ForAsync(Run, cancel)).ParentAsync(cancel)).Chain;

    public async Task<Customized> CustomizeAsync(CancellationToken cancel)
    {
        await using var customization = new Customization(Run, await Sandbox.ForAsync(Run, cancel));
        return await customization.RunAsync(cancel);
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
