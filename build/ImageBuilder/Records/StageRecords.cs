using System.Text.Json.Serialization;
using ImageBuilder.Model;

namespace ImageBuilder.Records;

/// <summary>What a stage hands to the next one, as a file in <c>artifacts/&lt;recipe&gt;/&lt;version&gt;/</c>.</summary>
public interface IStageRecord
{
    /// <summary>Digest of the plan that the record belongs to, of those choices that its stage depends on.</summary>
    string Plan { get; }
}

/// <summary>Parent image ready: <c>base.json</c>.</summary>
/// <param name="Key">Layer key of the parent.</param>
/// <param name="Epoch">Unix seconds that file times are clamped to: SOURCE_DATE_EPOCH or the repositories' newest date.</param>
public sealed record Based(string Plan, string Key, long Epoch, bool Reused, double Seconds) : IStageRecord
{
    /// <summary>Id of that layer: another one each time it is made.</summary>
    public string Layer { get; init; } = "";

    /// <summary>SHA-256 over its packages and the epoch: the same wherever the same was made.</summary>
    public string Digest { get; init; } = "";

    public IReadOnlyList<PackageVersion> Packages { get; init; } = [];

    /// <summary>What the package repositories were when it was made.</summary>
    public IReadOnlyList<LockedRepository> Repositories { get; init; } = [];
}

/// <summary>All build steps done and validated: <c>customize.json</c>.</summary>
/// <param name="Key">Key of the layer to make the disk from (the sealed one).</param>
public sealed record Customized(
    string Plan, string Key, long Epoch, IReadOnlyList<StepDone> Steps, IReadOnlyList<PackageVersion> Packages) : IStageRecord
{
    /// <summary>Id of that layer: another one each time it is made.</summary>
    public string Layer { get; init; } = "";

    /// <summary>What build steps downloaded.</summary>
    public IReadOnlyList<LockedDownload> Downloads { get; init; } = [];

    /// <summary>It was all there.</summary>
    [JsonIgnore]
    public bool Reused { get; init; }
}

/// <summary>How one step went.</summary>
/// <param name="Status"><c>success</c>, <c>failed</c>, <c>IgnoredFailure</c>, <c>skipped</c>.</param>
/// <param name="Log">Path of its log relative to the record's folder.</param>
public sealed record StepDone(string Id, string Status, bool Reused, double Seconds, int ExitCode, string Log);

/// <summary>A package in the image.</summary>
/// <param name="Sha256">Of the archive that it was installed from; null where no package manager fetched one.</param>
/// <param name="Files">SHA-256 of the package manager's list of its files with their digests, where the archive is not known.</param>
public sealed record PackageVersion(string Name, string Version, string Architecture, string? Sha256 = null, string? Files = null);

/// <summary>The raw disk: <c>disk.json</c>.</summary>
/// <param name="File">File name relative to the record's folder.</param>
/// <param name="Size">Bytes, holes included.</param>
/// <param name="Digest">As <c>fsverity digest</c> prints it, lower-case hex: of a disk with holes it is had in a moment. The image's id where there is no disk.</param>
/// <param name="RootUuid">UUID of the root file system.</param>
public sealed record DiskMade(string Plan, string File, long Size, string Digest, string RootUuid, long Epoch) : IStageRecord
{
    /// <summary>Id of the layer that it was made of.</summary>
    public string Layer { get; init; } = "";

    /// <summary>What made it, as <see cref="ToolVersion"/>s: others may make other bytes.</summary>
    public string Tools { get; init; } = "";

    /// <summary>The image of a cloud that <see cref="File"/> names, where that is no disk; else null.</summary>
    public CloudImageMade? Image { get; init; }
}

/// <summary>A machine image in a cloud.</summary>
/// <param name="Role">ARN of the role by which its account is reached; null: the caller's own.</param>
/// <param name="Snapshots">Ids, of the root device first.</param>
public sealed record CloudImageMade(string Region, string? Role, string Id, string Name, IReadOnlyList<string> Snapshots);

/// <summary>The test record that gates export: <c>test.json</c>. It speaks of the disk with these digests, of no other.</summary>
/// <param name="DiskDigest">The one in the disk's record.</param>
/// <param name="DiskSha256">Over all its bytes, lower-case hex.</param>
public sealed record Tested(string Plan, string DiskDigest, string DiskSha256, bool Passed, IReadOnlyList<BootTest> Boots) : IStageRecord;

/// <summary>One boot of the disk with one firmware.</summary>
/// <param name="LoginSeconds">Time to the login prompt; null when it never came.</param>
/// <param name="Console">Path of the serial console's log relative to the record's folder.</param>
public sealed record BootTest(string Firmware, double? LoginSeconds, string Console, IReadOnlyList<TestCase> Cases);

/// <summary>One test: <paramref name="Message"/> says why it failed.</summary>
public sealed record TestCase(
    string Name, bool Passed, bool Skipped, double Seconds, int ExitCode, string Message, string Output);

/// <summary>The files written: <c>export.json</c>.</summary>
/// <param name="Build">Counts the exports into this folder, from 1.</param>
/// <param name="DiskModified">Last change of the disk's file when it was read; after another it must be read again.</param>
/// <param name="Writer">The build of our program that wrote the files: another one may write others.</param>
public sealed record Exported(
    string Plan, int Build, string DiskSha256, DateTime DiskModified, string Writer, IReadOnlyList<Artifact> Artifacts)
    : IStageRecord;

/// <summary>A file of an image.</summary>
/// <param name="File">Relative to the record's folder.</param>
/// <param name="Size">Bytes as listed; <paramref name="Allocated"/> is what it takes on disk.</param>
/// <param name="Modified">Last change of the file when it was finished.</param>
/// <param name="Compared">How it was compared with the raw disk, e.g. <c>qemu-img compare</c>.</param>
public sealed record Artifact(
    string Format, string File, long Size, long Allocated, DateTime Modified, string Sha256, string Compared)
{
    /// <summary>What of the plan it was written from besides the disk: of two formats' files one can stand while the other does not.</summary>
    public string Inputs { get; init; } = "";
}
