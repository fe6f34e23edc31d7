using System.Security.Cryptography;

namespace ImageBuilder.FileSystems;

/// <summary>SHA-256 of a large sparse file: holes are hashed without being read.</summary>
public static class FileDigest
{
    private const int BlockSize = 1024 * 1024;

    /// <returns>Lower-case hex over all bytes, holes included.</returns>
    public static Task<string> OfAsync(string path, Action<double> advance, CancellationToken cancel) => Task.Run(() =>
    {
        using var file = new RawDisk(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, zeros) = (new byte[BlockSize], new byte[BlockSize]);
        var done = 0L;
        foreach (var index in file.Blocks(BlockSize))
        {
            Zeros(index * BlockSize);
            var block = buffer.AsSpan(0, (int)Math.Min(BlockSize, file.Size - done));
            file.Read(done, block);
            hash.AppendData(block);
            done += block.Length;
        }

        Zeros(file.Size);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Zeros(long end)
        {
            for (; done < end; done += Math.Min(BlockSize, end - done))
            {
                cancel.ThrowIfCancellationRequested();
                hash.AppendData(zeros.AsSpan(0, (int)Math.Min(BlockSize, end - done)));
                advance((double)done / file.Size);
            }
        }
    }, cancel);
}
