using System.Security.Cryptography;
using CsCheck;
using ImageBuilder.FileSystems;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.FileSystems;

public sealed class FileDigestTests
{
    [Fact]
    public async Task Holes_count_as_the_zeros_they_are() => await RandomDisk.Any.SampleAsync(async disk =>
    {
        using var folder = new FormatFolder();
        disk.WriteTo(folder.Raw);
        var digest = await FileDigest.OfAsync(folder.Raw, _ => { }, CancellationToken.None);
        return digest == Convert.ToHexStringLower(SHA256.HashData(disk.ToBytes()));
    }, iter: 20, threads: 1, print: d => d.ToString());
}
