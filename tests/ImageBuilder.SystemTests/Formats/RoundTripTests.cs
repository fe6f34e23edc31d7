using CsCheck;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.SystemTests.Formats;

public sealed class RoundTripTests
{
    public static TheoryData<string> Formats => [.. Catalog<IImageFormat>.All.Where(f => f.MadeFrom is null).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public Task Whatever_is_on_a_disk_is_read_back_from_its_file(string format) => HoldsAsync(12, async (disk, folder) =>
    {
        disk.WriteTo(folder.Raw);
        var read = DiskReaders.Read(format, await folder.WriteAsync(format));
        return read.AsSpan().SequenceEqual(disk.ToBytes());
    });

    [Theory]
    [MemberData(nameof(Formats))]
    public Task The_same_disk_gives_the_same_bytes_with_and_without_holes(string format) => HoldsAsync(6, async (disk, folder) =>
    {
        disk.WriteTo(folder.Raw);
        var sparse = File.ReadAllBytes(await folder.WriteAsync(format));
        disk.WriteTo(folder.Raw, dense: true);
        var dense = File.ReadAllBytes(await folder.WriteAsync(format));
        return sparse.AsSpan().SequenceEqual(dense);
    });

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Zeros_take_no_room(string format)
    {
        using var folder = new FormatFolder();
        var disk = new RandomDisk([new(Content.Hole, 200_000, 0), new(Content.Text, 8, 3), new(Content.Zeros, 10_000, 0)]);
        disk.WriteTo(folder.Raw);
        using var written = new RawDisk(await folder.WriteAsync(format));
        Assert.InRange(written.DataSize(), 4096, 700_000);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_disk_of_zeros_alone_can_be_written(string format)
    {
        using var folder = new FormatFolder();
        new RandomDisk([new Piece(Content.Hole, 70_000, 0)]).WriteTo(folder.Raw);
        Assert.True(DiskReaders.Read(format, await folder.WriteAsync(format)).AsSpan().SequenceEqual(new byte[70_000 * 512]));
    }

    private static async Task HoldsAsync(int times, Func<RandomDisk, FormatFolder, Task<bool>> property) =>
        await RandomDisk.Any.SampleAsync(async disk =>
        {
            using var folder = new FormatFolder();
            return await property(disk, folder);
        }, iter: times, threads: 1, print: d => d.ToString());
}
