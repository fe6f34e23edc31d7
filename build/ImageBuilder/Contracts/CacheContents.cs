namespace ImageBuilder.Contracts;

/// <summary>What shall go from an engine's cache. What is in use by any process stays, whatever is asked for.</summary>
public sealed record CacheCleaning
{
    /// <summary>Layer keys that recipes need: everything goes that is neither one of these, nor below one, nor made from one (e.g. sealed). Null:
    /// what recipes need does not matter.</summary>
    public IReadOnlySet<string>? Wanted { get; init; }

    /// <summary>What was last used longer ago goes.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Bytes that the cache may hold: what was used longest ago goes until it holds no more.</summary>
    public long? Most { get; init; }

    /// <summary>True: nothing goes, what would is told.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What went from a cache, or would.</summary>
/// <param name="Bytes">On disk.</param>
/// <param name="InUse">Layers that would have gone but are in use.</param>
/// <param name="Left">Bytes that the cache still holds.</param>
public sealed record CacheCleaned(IReadOnlyList<CachedLayer> Layers, IReadOnlyList<CachedFolder> Others, long Bytes, int InUse, long Left);

/// <summary>A layer in the cache.</summary>
/// <param name="Parent">Key of the layer below; null for a parent image.</param>
/// <param name="What">A step's id, <c>seal</c> or the parent image's reference; empty where the layer is damaged or of an older version.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="InUse">By any process, or below one that is.</param>
public sealed record CachedLayer(string Key, string? Parent, string What, long Bytes, DateTimeOffset Created, DateTimeOffset LastUsed, bool InUse);

/// <summary>Something else in the cache: downloads, kept roots.</summary>
/// <param name="Name">Relative to the cache.</param>
public sealed record CachedFolder(string Name, int Files, long Bytes, DateTimeOffset LastUsed, bool InUse);

/// <summary>Everything in a cache.</summary>
public sealed record CacheContents(string Folder, IReadOnlyList<CachedLayer> Layers, IReadOnlyList<CachedFolder> Others)
{
    public long Bytes => Layers.Sum(l => l.Bytes) + Others.Sum(o => o.Bytes);
}

/// <summary>What a check of every byte found.</summary>
/// <param name="Damaged">A line for each layer that was damaged and is not in the cache any more.</param>
public sealed record CacheVerified(int Layers, long Bytes, IReadOnlyList<string> Damaged);
