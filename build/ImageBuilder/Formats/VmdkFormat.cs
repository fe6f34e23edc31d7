using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>VMware's stream-optimised format: compressed, for import everywhere.</summary>
public sealed class VmdkFormat : IImageFormat
{
    public string Name => "vmdk";

    public string Extension => ".vmdk";

    public async Task WriteAsync(FormatJob job, string path, CancellationToken cancel)
    {
        using var disk = new RawDisk(job.Source.RawFile);
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await new VmdkWriter(disk, file, Path.GetFileName(path), ContentId(job.Source.Sha256), job.Pieces).WriteAsync(job.Advance, cancel);
    }

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "vmdk", check: true, path, cancel);

    // All ones means "no parent" and is taken.
    private static uint ContentId(string sha256) =>
        Math.Min(uint.Parse(sha256.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture), uint.MaxValue - 2);
}
