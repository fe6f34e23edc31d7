using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>A raw disk opened for reading by any number of threads, with its holes known.</summary>
public sealed class RawDisk : IDisposable
{
    private readonly SafeFileHandle _handle;

    public RawDisk(string path)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Size = RandomAccess.GetLength(_handle);
    }

    /// <summary>Bytes, holes included.</summary>
    public long Size { get; }

    /// <summary>Reads at an offset; what lies behind the end of the disk reads as zeros.</summary>
    public void Read(long offset, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var read = RandomAccess.Read(_handle, buffer, offset);
            if (read == 0) break;
            buffer = buffer[read..];
            offset += read;
        }

        buffer.Clear();
    }

    /// <summary>
    /// Numbers of the blocks that may hold data, ascending: the others are holes. A file system without holes yields all of them,
    /// so results may not depend on which blocks come, only on what is in them.
    /// </summary>
    public IEnumerable<long> Blocks(int blockSize)
    {
        var next = 0L;
        foreach (var (start, end) in Extents())
            for (next = Math.Max(next, start / blockSize); next * blockSize < end; next++)
                yield return next;
    }

    /// <summary>Bytes that are not in holes.</summary>
    public long DataSize() => Extents().Sum(extent => extent.End - extent.Start);

    /// <summary>True when every byte is zero.</summary>
    public static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    public void Dispose() => _handle.Dispose();

    private IEnumerable<(long Start, long End)> Extents() => Holes.Between(_handle, Size);
}
