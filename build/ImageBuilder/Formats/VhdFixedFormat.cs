using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>Fixed VHD, as Azure wants it: the disk with a footer behind it, sparse.</summary>
public sealed class VhdFixedFormat : IImageFormat
{
    public string Name => "vhd-fixed";

    public string Extension => "-fixed.vhd";

    public Task WriteAsync(FormatJob job, string path, CancellationToken cancel) => Task.Run(() =>
    {
        using var disk = new RawDisk(job.Source.RawFile);
        using var file = new SparseFile(path);
        var id = DerivedId.Of(job.Source.Sha256, "vhd-fixed");
        file.Write(disk.Size, new VhdFooter(disk.Size, job.Source.Epoch, id, Dynamic: false).ToBytes());
        DiskCopy.Run(disk, file, job.Advance, cancel);
    }, cancel);

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "vpc", check: false, path, cancel);
}
