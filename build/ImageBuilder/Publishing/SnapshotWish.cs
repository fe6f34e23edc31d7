using ImageBuilder.Clouds;

namespace ImageBuilder.Publishing;

/// <summary>A raw disk to be published.</summary>
/// <param name="Size">Bytes, holes included.</param>
/// <param name="Sha256">Over all of them, lower-case hex: what its content is known by.</param>
public sealed record RawSource(string Path, long Size, string Sha256)
{
    /// <summary>What the volume has: whole GiB.</summary>
    public long VolumeBytes => (Size + (1L << 30) - 1) >> 30 << 30;
}

/// <summary>A snapshot that is wanted somewhere.</summary>
/// <param name="Key">Key that it is encrypted with: id, alias or ARN; null: the account's default where it is encrypted at all.</param>
/// <param name="Tags">Besides those of the journal.</param>
public sealed record SnapshotWish(string Recipe, CloudPlace Place, bool Encrypted, string? Key, string Description, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>ARN of <see cref="Key"/>: where blocks are written, a key has no other name.</summary>
    public string? KeyArn { get; init; }
}

/// <summary>A snapshot that is complete and holds the disk.</summary>
/// <param name="Put">How many blocks were put for it in this run.</param>
/// <param name="Reused">It was there already.</param>
public sealed record SnapshotMade(string Id, int Put, bool Reused);

/// <summary>Tags that say what something holds.</summary>
public static class ContentTags
{
    /// <summary>SHA-256 of the disk.</summary>
    public const string Content = "imagebuilder:content";

    /// <summary>What it is encrypted with.</summary>
    public const string Key = "imagebuilder:key";

    public static IReadOnlyDictionary<string, string> Of(RawSource disk, SnapshotWish wish) => new Dictionary<string, string>
    {
        [Content] = disk.Sha256,
        [Key] = !wish.Encrypted ? "none" : wish.Key ?? "default",
    };

    /// <summary>The oldest complete snapshot of this content; null: there is none.</summary>
    public static async Task<string?> FindAsync(ICloudRegion region, IReadOnlyDictionary<string, string> content, CancellationToken cancel) =>
        (await region.Snapshots.FindAsync(content, cancel)).Where(s => s.State == "completed").OrderBy(s => s.Started).FirstOrDefault()?.Id;

    public static IReadOnlyDictionary<string, string> With(this IReadOnlyDictionary<string, string> tags, params IEnumerable<IReadOnlyDictionary<string, string>> more)
    {
        var all = new Dictionary<string, string>(tags);
        foreach (var (name, value) in more.SelectMany(m => m)) all[name] = value;
        return all;
    }
}
