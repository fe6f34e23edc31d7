using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageBuilder.Records;

/// <summary>Two builds of one recipe compared: <c>reproduce.json</c>.</summary>
public sealed record ReproduceReport(string Recipe, bool Identical)
{
    public const string FileName = "reproduce.json";

    // Texts with quotes are to be read by people.
    private static readonly ReproduceJson s_json = new(new JsonSerializerOptions(ReproduceJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public string Schema { get; init; } = "1";

    /// <summary>Under which conditions each was built.</summary>
    public IReadOnlyList<BuildConditions> Builds { get; init; } = [];

    public IReadOnlyList<ComparedArtifact> Artifacts { get; init; } = [];

    /// <summary>The first ones: a different file moves others.</summary>
    public IReadOnlyList<ByteDifference> Differences { get; init; } = [];

    public Task WriteAsync(string folder, CancellationToken cancel) =>
        AtomicFile.WriteAsync(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, s_json.ReproduceReport), cancel);
}

/// <summary>What was deliberately not the same for two builds.</summary>
public sealed record BuildConditions(
    string Folder, string User, string Umask, string Locale, string TimeZone, string Processors, DateTimeOffset Started);

/// <summary>A file of an image in both builds.</summary>
/// <param name="First">Its digest in the first build: SHA-256, and of the raw disk, which is compared before it is exported, fs-verity's.</param>
public sealed record ComparedArtifact(string File, bool Identical, string First, string Second);

/// <summary>Where two builds differ.</summary>
/// <param name="Artifact">The file of the image.</param>
/// <param name="Partition">Of a disk; null elsewhere.</param>
/// <param name="Path">The file in the partition; null where no file is concerned.</param>
/// <param name="What"><c>content</c>, <c>mode</c>, <c>owner</c>, <c>size</c>, <c>time</c>, <c>attributes</c>, <c>only in one</c>, <c>bytes</c>.</param>
/// <param name="Offset">Of the first different byte in the file that is named; null where it is about something else.</param>
/// <param name="ArtifactOffset">The same in the artifact.</param>
/// <param name="First">What the first build has there.</param>
public sealed record ByteDifference(
    string Artifact, string? Partition, string? Path, string What, long? Offset, long? ArtifactOffset, string First, string Second)
{
    public override string ToString() => string.Join(' ', (IEnumerable<string>)
    [
        Artifact, .. Partition is null ? [] : (string[])[$"partition {Partition}"], .. Path is null ? [] : (string[])[Path], $"{What}:",
        .. Offset is null ? [] : (string[])[$"offset {Offset}:"], First, "→", Second,
        .. ArtifactOffset is null || Path is null ? [] : (string[])[$"(disk offset {ArtifactOffset})"],
    ]);
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReproduceReport))]
internal sealed partial class ReproduceJson : JsonSerializerContext;
