using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>Files of which not all bytes are stored: the rest are zeros.</summary>
public static class Holes
{
    private const int BufferSize = 1 << 20;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoSuchAddress = 6; // ENXIO: no data behind this offset

    /// <summary>The parts of a file that hold data, in order. A file system without holes calls everything data.</summary>
    public static IEnumerable<(long Start, long End)> Between(SafeFileHandle file, long length)
    {
        for (var end = 0L; Seek(file, length, end, SeekData) is var start && start >= 0;)
        {
            end = Seek(file, length, start, SeekHole);
            yield return (start, end);
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
        foreach (var (start, end) in Between(source, RandomAccess.GetLength(source)))
        {
            for (var at = start; at < end;)
            {
                var count = await RandomAccess.ReadAsync(source, buffer.AsMemory(0, (int)Math.Min(BufferSize, end - at)), at, cancel);
                if (count == 0) throw new EndOfStreamException($"`{from}` became shorter while it was read.");
                await RandomAccess.WriteAsync(target, buffer.AsMemory(0, count), at, cancel);
                at += count;
            }
        }
    }

    private static long Seek(SafeFileHandle file, long length, long offset, int whence)
    {
        if (offset >= length) return -1;
        var found = SeekNative(file, offset, whence);
        if (found >= 0) return found;
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchAddress ? -1
            : throw new IOException($"The holes of a file cannot be listed: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [DllImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long SeekNative(SafeFileHandle file, long offset, int whence);
}
