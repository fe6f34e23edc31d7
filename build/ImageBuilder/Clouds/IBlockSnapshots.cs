namespace ImageBuilder.Clouds;

/// <summary>Snapshots of disks in a region, also written and read block by block without any machine.</summary>
public interface IBlockSnapshots
{
    /// <summary>Bytes of a block: EBS direct APIs have one size.</summary>
    const int BlockSize = 512 << 10;

    Task<CloudSnapshot?> GetAsync(string id, CancellationToken cancel);

    /// <summary>The caller's own that have all of these tags.</summary>
    Task<IReadOnlyList<CloudSnapshot>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <summary>Begins a snapshot whose blocks are then put.</summary>
    Task<string> StartAsync(NewSnapshot snapshot, CancellationToken cancel);

    /// <param name="index">Place of the block: its number from 0.</param>
    /// <param name="block">A whole block.</param>
    /// <param name="sha256">Its digest, which the service compares.</param>
    Task PutAsync(string id, int index, byte[] block, byte[] sha256, CancellationToken cancel);

    /// <summary>Ends the writing. It becomes <c>completed</c> later.</summary>
    /// <param name="blocks">How many were put.</param>
    /// <param name="linear">Digest over the digests of all that were put, in the order of their numbers.</param>
    Task CompleteAsync(string id, int blocks, byte[] linear, CancellationToken cancel);

    /// <summary>Numbers and tokens of the blocks that a snapshot has, in order.</summary>
    Task<IReadOnlyList<SnapshotBlock>> BlocksAsync(string id, CancellationToken cancel);

    Task<byte[]> ReadAsync(string id, SnapshotBlock block, CancellationToken cancel);

    /// <summary>One that is gone already is well; one that an image needs is a problem.</summary>
    Task DeleteAsync(string id, CancellationToken cancel);

    Task ShareAsync(string id, IReadOnlyCollection<string> accounts, CancellationToken cancel);
}

/// <param name="State"><c>pending</c>, <c>completed</c>, <c>error</c>.</param>
/// <param name="Progress">As the cloud says it, e.g. <c>80%</c>.</param>
/// <param name="Bytes">Size of the disk.</param>
public sealed record CloudSnapshot(
    string Id, string State, string Progress, string Why, long Bytes, DateTimeOffset Started, string Description, IReadOnlyDictionary<string, string> Tags)
{
    public bool Encrypted { get; init; }

    public string? Key { get; init; }
}

/// <param name="Bytes">Size of the disk, a multiple of 1 GiB.</param>
/// <param name="Parent">Snapshot whose blocks it has where none are put; null: zeros.</param>
/// <param name="Key">ARN of the key that it is encrypted with; null: not, or as the account's settings say.</param>
/// <param name="Token">The same token never makes two.</param>
public sealed record NewSnapshot(
    long Bytes, string Description, string? Parent, bool Encrypted, string? Key, IReadOnlyDictionary<string, string> Tags, string Token);

/// <param name="Index">Number from 0.</param>
public sealed record SnapshotBlock(int Index, string Token);
