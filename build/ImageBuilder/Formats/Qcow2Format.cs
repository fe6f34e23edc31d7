using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>QEMU's own format, compressed with zstd (QEMU 5.1 and later).</summary>
public sealed class Qcow2Format : IImageFormat
{
    public string Name => "qcow2";

    public string Extension => ".qcow2";

    public async Task WriteAsync(FormatJob job, string path, CancellationToken cancel)
    {
        using var disk = new RawDisk(job.Source.RawFile);
        using var file = new SparseFile(path);
        using var writer = new Qcow2Writer(disk, file, job.Pieces);
        await writer.WriteAsync(job.Advance, cancel);
    }

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "qcow2", check: true, path, cancel);
}
