using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>Dynamic VHDX, Hyper-V's format.</summary>
public sealed class VhdxFormat : IImageFormat
{
    public string Name => "vhdx";

    public string Extension => ".vhdx";

    public Task WriteAsync(FormatJob job, string path, CancellationToken cancel) => Task.Run(() =>
    {
        using var disk = new RawDisk(job.Source.RawFile);
        using var file = new SparseFile(path);
        new VhdxWriter(disk, file, job.Source.Sha256).Write(job.Advance, cancel);
    }, cancel);

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "vhdx", check: true, path, cancel);
}
