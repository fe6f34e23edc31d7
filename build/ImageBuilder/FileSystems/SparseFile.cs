using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>Reads files with holes without reading the holes.</summary>
public static class SparseFile
{
    private const int BufferSize = 1 << 20;
    private const int SeekData = 3;
    private const int SeekHole = 4;

    /// <summary>The parts of a file that hold data, in order.</summary>
    public static IEnumerable<(long Start, long Length)> Extents(SafeFileHandle file, long length)
    {
        for (long at = 0; at < length;)
        {
            var start = Seek(file, at, SeekData);
            if (start < 0) yield break;
            var end = Seek(file, start, SeekHole);
            if (end < 0) end = length;
            yield return (start, end - start);
            at = end;
        }
    }

    /// <summary>SHA-256 over all bytes, in lower-case hex.</summary>
    public static async Task<string> Sha256Async(string path, CancellationToken cancel)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = RandomAccess.GetLength(file);
        var (buffer, zeros) = (new byte[BufferSize], new byte[BufferSize]);
        long at = 0;
        foreach (var (start, size) in Extents(file, length))
        {
            Append(start - at);
            for (at = start; at < start + size;)
            {
                var count = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(BufferSize, start + size - at)), at, cancel);
                if (count == 0) throw new EndOfStreamException($"`{path}` became shorter while it was read.");
                hash.AppendData(buffer, 0, count);
                at += count;
            }
        }

        Append(length - at);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(long hole)
        {
            for (; hole > 0; hole -= BufferSize)
            {
                cancel.ThrowIfCancellationRequested();
                hash.AppendData(zeros, 0, (int)Math.Min(BufferSize, hole));
            }
        }
    }

    /// <summary>Copies a file with its holes.</summary>
    public static async Task CopyAsync(string from, string to, CancellationToken cancel)
    {
        using (var target = File.OpenHandle(to, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(target, new FileInfo(from).Length);
        await CopyDataAsync(from, to, cancel);
    }

    /// <summary>Copies what a file holds into another one that is at least as long; where it has holes, that one stays as it is.</summary>
    public static async Task CopyDataAsync(string from, string to, CancellationToken cancel)
    {
        using var source = File.OpenHandle(from);
        using var target = File.OpenHandle(to, FileMode.Open, FileAccess.Write);
        var buffer = new byte[BufferSize];
        foreach (var (start, size) in Extents(source, RandomAccess.GetLength(source)))
        {
            for (var at = start; at < start + size;)
            {
                var count = await RandomAccess.ReadAsync(source, buffer.AsMemory(0, (int)Math.Min(BufferSize, start + size - at)), at, cancel);
                if (count == 0) throw new EndOfStreamException($"`{from}` became shorter while it was read.");
                await RandomAccess.WriteAsync(target, buffer.AsMemory(0, count), at, cancel);
                at += count;
            }
        }
    }

    // Negative past the last data, and where the file system knows nothing of holes; there the kernel calls everything data.
    private static long Seek(SafeFileHandle file, long at, int whence) => lseek((int)file.DangerousGetHandle(), at, whence);

#pragma warning disable IDE1006, SYSLIB1054 // The name is the C library's; generated code would need unsafe blocks.
    [DllImport("libc", SetLastError = true)]
    private static extern long lseek(int file, long offset, int whence);
#pragma warning restore IDE1006, SYSLIB1054
}
