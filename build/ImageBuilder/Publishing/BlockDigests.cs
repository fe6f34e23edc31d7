using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Clouds;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Publishing;

/// <summary>SHA-256 of each block of a disk that is not all zeros, in the order of their numbers.</summary>
public sealed class BlockDigests
{
    /// <summary>What a block that is not listed holds.</summary>
    private const int DigestSize = SHA256.HashSizeInBytes;

    private const int RowSize = sizeof(int) + DigestSize;

    private readonly SortedList<int, byte[]> _blocks;

    private BlockDigests(SortedList<int, byte[]> blocks) => _blocks = blocks;

    public IReadOnlyList<int> Indexes => _blocks.Keys.AsReadOnly();

    /// <summary>Null: the block is all zeros.</summary>
    public byte[]? this[int index] => _blocks.GetValueOrDefault(index);

    /// <summary>Reads a disk once, on all cores.</summary>
    public static async Task<BlockDigests> OfAsync(string path, CancellationToken cancel)
    {
        using var disk = new RawDisk(path);
        var found = new SortedList<int, byte[]>();
        await Parallel.ForEachAsync(disk.Blocks(IBlockSnapshots.BlockSize), cancel, (index, _) =>
        {
            var block = Buffer.Value!; // each thread has one
            disk.Read(index * IBlockSnapshots.BlockSize, block);
            if (RawDisk.IsZero(block)) return default;
            var digest = SHA256.HashData(block);
            lock (found) found.Add((int)index, digest);
            return default;
        });
        return new BlockDigests(found);
    }

    /// <summary>Numbers of the blocks that differ from those of another disk; with none, of all that are not zeros.</summary>
    public IReadOnlyList<int> ChangedSince(BlockDigests? other) => other is null ? [.. Indexes]
        : [.. Indexes.Union(other.Indexes).Where(i => !Same(this[i], other[i])).Order()];

    /// <summary>Digest over the digests of some blocks, in order: what the service calls linear.</summary>
    public byte[] Linear(IEnumerable<int> indexes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var index in indexes) hash.AppendData(this[index] ?? s_zeros);
        return hash.GetHashAndReset();
    }

    /// <summary>The digest of a block, whether it is listed or not.</summary>
    public byte[] DigestOf(int index) => this[index] ?? s_zeros;

    public byte[] ToBytes()
    {
        var bytes = new byte[_blocks.Count * RowSize];
        var at = bytes.AsSpan();
        foreach (var (index, digest) in _blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, index);
            digest.CopyTo(at[sizeof(int)..]);
            at = at[RowSize..];
        }

        return bytes;
    }

    /// <summary>Null: these are no digests of ours.</summary>
    public static BlockDigests? FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % RowSize != 0) return null;
        var blocks = new SortedList<int, byte[]>();
        for (; bytes.Length > 0; bytes = bytes[RowSize..])
            blocks[BinaryPrimitives.ReadInt32LittleEndian(bytes)] = bytes[sizeof(int)..RowSize].ToArray();
        return new BlockDigests(blocks);
    }

    private static readonly byte[] s_zeros = SHA256.HashData(new byte[IBlockSnapshots.BlockSize]);

    private static readonly ThreadLocal<byte[]> Buffer = new(() => new byte[IBlockSnapshots.BlockSize]);

    private static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);
}
