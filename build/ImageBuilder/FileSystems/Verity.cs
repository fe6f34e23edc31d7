using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

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
        using var file = new RawDisk(path);
        if (file.Size <= BlockSize) return Described(file.Size, RootOfBlock(file));
        var level = new byte[(file.Size + GroupSize - 1) / GroupSize * HashSize];
        for (var at = 0; at < level.Length; at += HashSize) s_zeroGroup.CopyTo(level, at);
        // Of the last group, which may have fewer blocks, even zeros have another digest.
        long[] groups = [.. file.Blocks(GroupSize).Append((file.Size - 1) / GroupSize).Distinct()];
        AllProcessors.For(groups.Length, i => DigestGroup(file, groups[i], level.AsSpan((int)groups[i] * HashSize, HashSize)), cancel);
        while (level.Length > HashSize) level = Above(level);
        return Described(file.Size, level);
    }

    private static void DigestGroup(RawDisk file, long group, Span<byte> digest)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(GroupSize);
        try
        {
            var data = buffer.AsSpan(0, GroupSize);
            file.Read(group * GroupSize, data);
            Span<byte> hashes = stackalloc byte[BlockSize];
            hashes.Clear();
            for (var at = 0; at < Math.Min(GroupSize, file.Size - group * GroupSize); at += BlockSize)
            {
                var block = data.Slice(at, BlockSize);
                var hash = hashes.Slice(at / HashesInBlock, HashSize);
                if (RawDisk.IsZero(block)) s_zeroBlock.CopyTo(hash);
                else SHA256.HashData(block, hash);
            }

            SHA256.HashData(hashes, digest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Of a file with one block its digest, of an empty one zeros.
    private static byte[] RootOfBlock(RawDisk file)
    {
        if (file.Size == 0) return new byte[HashSize];
        var block = new byte[BlockSize];
        file.Read(0, block);
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

    private static string Described(long length, byte[] root)
    {
        var descriptor = new byte[DescriptorSize];
        descriptor[0] = 1; // of this form
        descriptor[1] = 1; // SHA-256
        descriptor[2] = (byte)BitOperations.Log2(BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(descriptor.AsSpan(8), length);
        root.CopyTo(descriptor, RootOffset);
        return Convert.ToHexStringLower(SHA256.HashData(descriptor));
    }
}
