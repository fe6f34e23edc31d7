using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>The disk's bytes at their own offsets in a sparse file.</summary>
public static class DiskCopy
{
    private const int BlockSize = 1024 * 1024;

    public static void Run(RawDisk disk, SparseFile file, Action<double> advance, CancellationToken cancel)
    {
        var buffer = new byte[BlockSize];
        foreach (var index in disk.Blocks(BlockSize))
        {
            cancel.ThrowIfCancellationRequested();
            var offset = index * BlockSize;
            var block = buffer.AsSpan(0, (int)Math.Min(BlockSize, disk.Size - offset));
            disk.Read(offset, block);
            file.WriteSparse(offset, block);
            advance((double)offset / disk.Size);
        }
    }
}
