using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>The tested bytes themselves, sparse: a copy, so that booting it does not change the disk that was tested.</summary>
public sealed class RawFormat : IImageFormat
{
    public string Name => "raw";

    public string Extension => ".raw";

    public bool IsDisk => true;

    public Task WriteAsync(FormatJob job, string path, CancellationToken cancel) => Task.Run(() =>
    {
        using var disk = new RawDisk(job.Source.RawFile);
        using var file = new SparseFile(path);
        file.SetLength(disk.Size);
        DiskCopy.Run(disk, file, job.Advance, cancel);
    }, cancel);

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "raw", check: false, path, cancel);
}
