using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>A build of a made-up recipe on the real parent image, which is made once for all tests.</summary>
internal sealed class TestBuild : IReport
{
    // The one that the program plans for the same reference, so that it is made once for all tests.
    private static readonly Lazy<ParentImage> s_parent = new(() =>
    {
        using var repository = new TestRepository("true");
        var request = new PlanRequest(repository.Folder, [], "local", repository.Artifacts, null, [], null);
        return new Planner().PlanAsync(request, CancellationToken.None).GetAwaiter().GetResult().Plans.Single().Parent;
    });

    private readonly List<BuildEvent> _events = [];

    /// <summary>Shared with every other test: layers have keys, so tests do not disturb each other.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("IMAGEBUILDER_CACHE")
        ?? Path.Combine(Path.GetTempPath(), $"imagebuilder-tests-{Environment.UserName}");

    public TestBuild(params PlannedStep[] steps)
    {
        Directory.CreateDirectory(Cache);
        Folder = Directory.CreateDirectory(Path.Combine(TestFolders.Root, Guid.NewGuid().ToString("N"))).FullName;
        var key = s_parent.Value.Key;
        Run = new BuildRun(new Plan
        {
            Recipe = "made-up",
            Version = "1.0.0",
            RecipeFile = "recipes/made-up/recipe.yml",
            Engine = "local",
            Architecture = "x86_64",
            Parent = s_parent.Value,
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
