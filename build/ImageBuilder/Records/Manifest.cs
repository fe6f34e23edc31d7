using System.Text.Json;
using ImageBuilder.Model;

namespace ImageBuilder.Records;

/// <summary>
/// A finished image, complete in itself: <c>manifest.json</c>. Written last, so where it is the image is finished, and all files
/// that it lists are those of one build. It holds no times and no paths of the building machine.
/// </summary>
public sealed record Manifest : IStageRecord
{
    public const string SchemaVersion = "1";

    public string Schema { get; init; } = SchemaVersion;

    public required string Recipe { get; init; }

    public required string Version { get; init; }

    /// <summary>Counts the builds of this version in this folder, from 1.</summary>
    public required int Build { get; init; }

    public required string Description { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Digest of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>Unix seconds that all times in the image are clamped to.</summary>
    public required long Epoch { get; init; }

    public required ManifestParent Parent { get; init; }

    public required IReadOnlyList<ManifestComponent> Components { get; init; }

    public required IReadOnlyList<PackageVersion> Packages { get; init; }

    public required ManifestDisk Disk { get; init; }

    /// <summary>The image of a cloud that was made instead of a disk; null: there is a disk.</summary>
    public CloudImageMade? Image { get; init; }

    public required IReadOnlyList<ManifestArtifact> Artifacts { get; init; }

    public required ManifestTests Tests { get; init; }

    /// <summary>What made the image, our program first.</summary>
    public required IReadOnlyList<ToolVersion> Tools { get; init; }

    /// <summary>Gathers the manifest from the records of all stages.</summary>
    public static Manifest Of(
        Plan plan, Customized customized, DiskMade disk, Tested tested, Exported exported,
        IEnumerable<ToolVersion> tools) => new()
        {
            Recipe = plan.Recipe,
            Version = plan.Version,
            Build = exported.Build,
            Description = plan.Description,
            Architecture = plan.Architecture,
            Plan = plan.Digest,
            Epoch = disk.Epoch,
            Parent = new ManifestParent(plan.Parent.Reference, plan.Parent.Release, plan.Parent.Key)
            {
                Image = plan.Parent.Plan is { } parent ? $"{parent.Recipe} {parent.Version}" : null,
            },
            Components = [.. plan.Parent.Line.Reverse().Append(plan).SelectMany(p => p.Components).Select(c => new ManifestComponent(c.Name, c.Version, c.Digest, c.Parameters))],
            Packages = customized.Packages,
            Disk = new ManifestDisk(disk.Size, exported.DiskSha256, disk.RootUuid, plan.Disk.FileSystem, plan.Disk.Firmware),
            Image = disk.Image,
            Artifacts = [.. exported.Artifacts.Select(a => new ManifestArtifact(a.Format, a.File, a.Size, a.Sha256, a.Compared))],
            Tests = ManifestTests.Of(tested),
            Tools = [.. tools],
        };

    /// <summary>True when this manifest says what a new one would, whatever versions the tools have by now.</summary>
    public bool IsSame(Manifest made) => Text(this with { Tools = made.Tools }) == Text(made);

    private static string Text(Manifest manifest) => JsonSerializer.Serialize(manifest, RecordJson.Default.Manifest);
}

/// <summary>What the image was started from.</summary>
/// <param name="Key">Layer key.</param>
public sealed record ManifestParent(string Reference, string Release, string Key)
{
    /// <summary>Name and version of the image, where it is another recipe's.</summary>
    public string? Image { get; init; }
}

/// <summary>A component in the image.</summary>
public sealed record ManifestComponent(
    string Name, string Version, string Digest, IReadOnlyDictionary<string, string> Parameters);

/// <summary>The raw disk that every artifact holds.</summary>
public sealed record ManifestDisk(long Size, string Sha256, string RootUuid, string FileSystem, IReadOnlyList<string> Firmware);

/// <summary>A file of the image, relative to the manifest.</summary>
public sealed record ManifestArtifact(string Format, string File, long Size, string Sha256, string Compared);

/// <summary>How the image's tests ended.</summary>
/// <param name="Firmware">The firmwares it was booted with.</param>
public sealed record ManifestTests(int Passed, int Failed, int Skipped, IReadOnlyList<string> Firmware)
{
    public static ManifestTests Of(Tested tested)
    {
        var cases = tested.Boots.SelectMany(b => b.Cases).ToList();
        var failed = cases.Count(c => !c.Passed && !c.Skipped);
        var passed = cases.Count(c => c.Passed && !c.Skipped);
        return new ManifestTests(passed, failed, cases.Count - passed - failed, [.. tested.Boots.Select(b => b.Firmware)]);
    }
}

/// <summary>A program that took part in a build.</summary>
public sealed record ToolVersion(string Name, string Version);
