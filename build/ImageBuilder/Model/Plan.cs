using System.Text.Json.Serialization;

namespace ImageBuilder.Model;

/// <summary>Every choice made for one image, as one plain value: what the engines see, and nothing else.</summary>
public sealed record Plan
{
    public const string SchemaVersion = "1";

    public string Schema { get; init; } = SchemaVersion;

    public required string Recipe { get; init; }

    /// <summary>The image version, <c>n.n.n</c>, with wildcards already resolved.</summary>
    public required string Version { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The recipe's file, relative to the repository; not part of the digest.</summary>
    public required string RecipeFile { get; init; }

    /// <summary><c>local</c> or <c>aws</c>.</summary>
    public required string Engine { get; init; }

    /// <summary><c>Linux</c> or <c>Windows</c>.</summary>
    public string Platform { get; init; } = "Linux";

    /// <summary><c>x86_64</c> or <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    public required ParentImage Parent { get; init; }

    public IReadOnlyList<PlannedComponent> Components { get; init; } = [];

    /// <summary>Build-phase steps of all components in recipe order; each makes a layer on the one before it.</summary>
    public IReadOnlyList<PlannedStep> Build { get; init; } = [];

    /// <summary>Validate-phase steps of all components, run after all build phases on a throw-away layer.</summary>
    public IReadOnlyList<PlannedStep> Validate { get; init; } = [];

    /// <summary>Test-phase steps of the components and of the recipe's tests, run in the booted image.</summary>
    public IReadOnlyList<PlannedStep> Test { get; init; } = [];

    public required DiskPlan Disk { get; init; }

    /// <summary>The machine of a cloud that it is built on; null: it is built here.</summary>
    public MachinePlan? Machine { get; init; }

    /// <summary>Names of the formats to write.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Where the image goes; not part of the digest.</summary>
    public DistributionPlan Distribution { get; init; } = DistributionPlan.None;

    /// <summary>Unix seconds from the caller's SOURCE_DATE_EPOCH; null: the date of the package repository is used.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>What the build has to be made of, when it was asked for like that; not part of the digest.</summary>
    [JsonIgnore]
    public RecipeLock? Lock { get; init; }

    /// <summary>SHA-256 (lower-case hex) over everything above that can change what any stage leaves.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The same for each stage by itself: a stage's record stays true as long as its own digest does.</summary>
    public StageDigests Stages { get => field ?? new(Digest, Digest, Digest, Digest, Digest); init; }

    /// <summary>Key of the layer that the last build step makes (or of the parent when there is none).</summary>
    public string TopKey => Build.Count > 0 ? Build[^1].Key : Parent.Key;
}

/// <summary>What the recipe starts from.</summary>
/// <param name="Kind"><c>distribution</c>, <c>recipe</c>, <c>cloud</c> (an image of a cloud), or <c>none</c> where the engine cannot get it.</param>
/// <param name="Reference">As written in the recipe, e.g. <c>debian:12</c>.</param>
/// <param name="Distribution">Name in the distribution catalogue, e.g. <c>debian</c>.</param>
/// <param name="Release">The release's code name as package repositories use it, e.g. <c>bookworm</c>.</param>
/// <param name="Packages">Packages that the bootstrap installs, in order.</param>
/// <param name="Key">Layer key of the parent: lower-case hex SHA-256.</param>
public sealed record ParentImage(string Kind, string Reference, string Distribution, string Release, IReadOnlyList<string> Packages, string Key)
{
    /// <summary>What its key is made of, by name.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();

    /// <summary>The plan of the recipe whose image it is; null for other kinds.</summary>
    public Plan? Plan { get; init; }

    /// <summary>The plans of all recipes that it goes back to, the nearest first.</summary>
    [JsonIgnore]
    public IEnumerable<Plan> Line => Plan is null ? [] : Plan.Parent.Line.Prepend(Plan);

    /// <summary>How many layers it has.</summary>
    [JsonIgnore]
    public int Layers => 1 + Line.Sum(p => p.Build.Count);
}

/// <summary>A component as resolved for this plan.</summary>
/// <param name="Digest">SHA-256 over document and files.</param>
public sealed record PlannedComponent(string Name, string Version, string Folder, string Digest, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Its document, relative to the repository.</summary>
    public string DocumentFile { get; init; } = "";

    /// <summary>What the document calls itself.</summary>
    public string Title { get; init; } = "";

    public string Description { get; init; } = "";
}

/// <summary>The disk to be made. <paramref name="Size"/> is in bytes, a multiple of 1 MiB.</summary>
/// <param name="Firmware"><c>bios</c>, <c>uefi</c> or both: those that the boot test starts. <c>instance</c>: it starts a machine of a cloud.</param>
public sealed record DiskPlan(long Size, string FileSystem, IReadOnlyList<string> Firmware);
