using ImageBuilder.FileSystems;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Formats;

/// <summary>A new file that is written at any offset and stays sparse: zeros are left out.</summary>
public sealed class SparseFile(string path) : IDisposable
{
    // Finer holes cost more calls than they save room.
    private const int Piece = 64 * 1024;

    private readonly SafeFileHandle _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

    /// <summary>Writes a structure as it is.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, offset);

    /// <summary>Writes what is not zero; the rest must never have been written.</summary>
    public void WriteSparse(long offset, ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        for (var at = 0; at < bytes.Length; at += Piece)
        {
            if (!RawDisk.IsZero(bytes[at..Math.Min(at + Piece, bytes.Length)])) continue;
            if (at > start) Write(offset + start, bytes[start..at]);
            start = at + Piece;
        }

        if (start < bytes.Length) Write(offset + start, bytes[start..]);
    }

    public void Dispose() => _handle.Dispose();
}
