namespace ImageBuilder.Layers;

/// <summary>What a layer is and what it stands on: <c>layer.json</c> beside the layer's <c>root/</c>, written last.</summary>
public sealed record Layer
{
    public const string SchemaVersion = "2";

    public string Schema { get; init; } = SchemaVersion;

    /// <summary>Content key: lower-case hex SHA-256 of everything that can change the layer.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// Digest of what the layer holds and stands on. Made again with other bytes it is another one, and what was made on the earlier one no longer
    /// fits; made again with the same bytes, all of that stays.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>Key of the layer below; null for a parent image.</summary>
    public string? Parent { get; init; }

    public string? ParentId { get; init; }

    /// <summary>What made it: a step's id, <c>seal</c>, or the parent image's reference.</summary>
    public required string What { get; init; }

    /// <summary>How that went: <c>success</c>, <c>IgnoredFailure</c> or <c>skipped</c>.</summary>
    public required string Status { get; init; }

    public required int ExitCode { get; init; }

    /// <summary>Unix seconds that file times in images are clamped to; the same in the whole chain.</summary>
    public required long Epoch { get; init; }

    /// <summary>The step's outputs, so that later steps can refer to them when this one is reused.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs { get; init; } = [];

    public required DateTimeOffset Created { get; init; }

    /// <summary>How long making it took: what reusing it saves.</summary>
    public required double Seconds { get; init; }

    /// <summary>Files, folders and links in it, and the bytes of its files.</summary>
    public required long Entries { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Bytes that it takes on disk.</summary>
    public long Allocated { get; init; }

    /// <summary>SHA-256 of <c>files</c>, the list of its entries with everything that makes them up, contents included.</summary>
    public required string Manifest { get; init; }

    /// <summary>
    /// The boot of the machine in which it was written, while the disk may not yet hold all of it. In that boot it is whole (the page cache has
    /// the rest); after a power cut it is made again. Null once it is known to be on disk.
    /// </summary>
    public string? Boot { get; init; }

    /// <summary>The id mapping that owners in <c>root/</c> are written with.</summary>
    public required string Owner { get; init; }

    /// <summary>SHA-256 of this record with zeros in this place: damage to it is noticed too. Stands last.</summary>
    public string Sum { get; init; } = new('0', 64);
}

/// <summary>What is known of a layer when its files are done. <paramref name="Seconds"/> is how long making them took.</summary>
public sealed record NewLayer(string Key, string What, long Epoch, double Seconds)
{
    public string Status { get; init; } = "success";

    public int ExitCode { get; init; }

    public IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs { get; init; } = [];
}

/// <summary>A layer in its place.</summary>
/// <param name="Folder">Holds <c>root/</c>, <c>layer.json</c>, <c>files</c>, <c>stamps</c> and <c>use</c>.</param>
public sealed record StoredLayer(Layer Layer, string Folder)
{
    public string Root => Path.Combine(Folder, LayerFiles.Root);
}

/// <summary>Layers from the parent image up to the top one: what a root is mounted from.</summary>
/// <param name="Layers">The parent image first. None: an empty root.</param>
public sealed record LayerChain(IReadOnlyList<StoredLayer> Layers)
{
    public static LayerChain Empty { get; } = new([]);

    public StoredLayer? Top => Layers.Count > 0 ? Layers[^1] : null;

    /// <summary>Without the top one.</summary>
    public LayerChain Below => new([.. Layers.SkipLast(1)]);

    public LayerChain With(StoredLayer next) => new([.. Layers, next]);
}
