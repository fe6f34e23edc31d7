using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>
/// The digest that <c>fsverity digest</c> prints (the kernel's Documentation/filesystems/fsverity.rst; SHA-256, blocks of 4 KiB, no salt): the root of a
/// tree of digests. Unlike SHA-256 over all bytes it is calculated on all processors and without reading holes.
/// </summary>
public static class Verity
{
    private const int BlockSize = 4096;
    private const int HashSize = SHA256.HashSizeInBytes;
    private const int HashesInBlock = BlockSize / HashSize;
    private const int GroupSize = BlockSize * HashesInBlock;
    private const int DescriptorSize = 256;
    private const int RootOffset = 16;

    private static readonly byte[] s_zeroBlock = SHA256.HashData(new byte[BlockSize]);
    private static readonly byte[] s_zeroGroup = SHA256.HashData([.. Enumerable.Repeat(s_zeroBlock, HashesInBlock).SelectMany(h => h)]);

    /// <returns>64 digits in lower-case hex.</returns>
    public static Task<string> OfAsync(string path, CancellationToken cancel) => Task.Run(() => Of(path, cancel), cancel);

    private static string Of(string path, CancellationToken cancel)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var groups = new byte[(length + GroupSize - 1) / GroupSize * HashSize];
        for (var at = 0; at < groups.Length; at += HashSize) s_zeroGroup.CopyTo(groups, at);
        var filled = new SortedSet<int>(SparseFile.Extents(file, length).SelectMany(e => Numbers(e.Start / GroupSize, (e.Start + e.Length - 1) / GroupSize)));
        if (length % GroupSize != 0) filled.Add((int)(length / GroupSize)); // fewer blocks: another digest even of zeros
        int[] all = [.. filled];
        AllProcessors.For(all.Length, i => GroupOf(file, length, all[i], groups.AsSpan(all[i] * HashSize, HashSize)), cancel);
        var level = length <= BlockSize ? BlockOf(file, length) : groups;
        while (level.Length > HashSize) level = Above(level);
        return Convert.ToHexStringLower(Described(length, level));
    }

    private static void GroupOf(SafeFileHandle file, long length, long group, Span<byte> digest)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(GroupSize);
        try
        {
            var data = buffer.AsSpan(0, GroupSize);
            var left = (int)Math.Min(GroupSize, length - group * GroupSize);
            if (RandomAccess.Read(file, data[..left], group * GroupSize) < left) throw new EndOfStreamException("A disk became shorter while it was read.");
            data[left..].Clear();
            Span<byte> hashes = stackalloc byte[BlockSize];
            hashes.Clear();
            for (var at = 0; at < left; at += BlockSize)
            {
                var block = data.Slice(at, BlockSize);
                var hash = hashes.Slice(at / HashesInBlock, HashSize);
                if (block.ContainsAnyExcept((byte)0)) SHA256.HashData(block, hash);
                else s_zeroBlock.CopyTo(hash);
            }

            SHA256.HashData(hashes, digest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] BlockOf(SafeFileHandle file, long length)
    {
        if (length == 0) return new byte[HashSize];
        var block = new byte[BlockSize];
        _ = RandomAccess.Read(file, block.AsSpan(0, (int)length), 0);
        return SHA256.HashData(block);
    }

    private static byte[] Above(byte[] level)
    {
        var blocks = (level.Length + BlockSize - 1) / BlockSize;
        Array.Resize(ref level, blocks * BlockSize);
        var above = new byte[blocks * HashSize];
        for (var i = 0; i < blocks; i++) SHA256.HashData(level.AsSpan(i * BlockSize, BlockSize), above.AsSpan(i * HashSize));
        return above;
    }

    private static byte[] Described(long length, byte[] root)
    {
        var descriptor = new byte[DescriptorSize];
        descriptor[0] = 1; // of this form
        descriptor[1] = 1; // SHA-256
        descriptor[2] = (byte)BitOperations.Log2(BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(descriptor.AsSpan(8), length);
        root.CopyTo(descriptor, RootOffset);
        return SHA256.HashData(descriptor);
    }

    private static IEnumerable<int> Numbers(long from, long to) => Enumerable.Range((int)from, (int)(to - from + 1));
}
