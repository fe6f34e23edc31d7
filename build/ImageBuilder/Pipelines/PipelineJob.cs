namespace ImageBuilder.Pipelines;

/// <summary>What one machine of a CI system does: some targets, with what it takes before and hands on afterwards.</summary>
/// <param name="Name">Also a part of the names of files.</param>
/// <param name="Targets">In their order.</param>
internal sealed record PipelineJob(string Name, params IReadOnlyList<string> Targets)
{
    /// <summary>Each recipe can have a machine of its own.</summary>
    public bool PerRecipe { get; init; }

    /// <summary>Versions count on from the records of the images that earlier runs have finished.</summary>
    public bool TakesRecords { get; init; }

    /// <summary>It finishes images.</summary>
    public bool KeepsRecords { get; init; }

    /// <summary>What an earlier job has handed on; empty: nothing.</summary>
    public string Takes { get; init; } = "";

    /// <summary>What it hands on: a tar file for each recipe. Empty: nothing.</summary>
    public string Leaves { get; init; } = "";

    /// <summary>It makes layers, and goes on from those of earlier runs and of parent recipes.</summary>
    public bool Layers { get; init; }

    /// <summary>It leaves results of tests.</summary>
    public bool Tests { get; init; }

    /// <summary>Only recipes that say where their images go.</summary>
    public bool Distributes { get; init; }

    private static readonly string[] s_make = ["Base", "Customize", "Disk"];
    private static readonly string[] s_finish = ["TestImage", "Export", "Image"];

    /// <summary>Everything up to finished images, on one machine for each recipe.</summary>
    public static readonly PipelineJob Images = new("images", ["Validate", "Plan", .. s_make, .. s_finish])
    {
        PerRecipe = true,
        TakesRecords = true,
        KeepsRecords = true,
        Layers = true,
        Tests = true,
    };

    /// <summary>The same and more in steps, in their order: what comes later waits for all that comes before.</summary>
    public static IReadOnlyList<PipelineJob> Steps { get; } =
    [
        new("validate", "Validate"),
        new("plan", "Plan") { TakesRecords = true, Leaves = "Planned" },
        new("build", s_make) { PerRecipe = true, Takes = "Planned", Leaves = "Built", Layers = true },
        new("test", s_finish) { PerRecipe = true, Takes = "Built", Leaves = "Tested", Tests = true, KeepsRecords = true },
        new("distribute", "Distribute") { Takes = "Tested", Leaves = "Distributed", Distributes = true },
        new("promote", "Promote") { Takes = "Distributed", Distributes = true },
    ];
}
