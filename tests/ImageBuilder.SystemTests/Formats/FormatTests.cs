using System.Text.Json.Nodes;
using CsCheck;
using ImageBuilder.Contracts;
using ImageBuilder.Formats;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.SystemTests.Formats;

public sealed class FormatTests
{
    public static TheoryData<string> FromDisk =>
        [.. Catalog<IImageFormat>.All.Where(f => f.MadeFrom is null).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(FromDisk))]
    public async Task QEMU_finds_what_is_on_a_disk_in_its_file(string format) => await RandomDisk.Any.SampleAsync(async disk =>
    {
        using var folder = new FormatFolder();
        disk.WriteTo(folder.Raw);
        await VerifyAsync(folder, format);
    }, iter: 25, threads: 1, print: d => d.ToString());

    [Theory]
    [MemberData(nameof(FromDisk))]
    public async Task Disks_behind_4_GiB_are_whole(string format)
    {
        using var folder = new FormatFolder();
        WriteEnds(folder.Raw, (5L << 30) + (3 << 20));
        await VerifyAsync(folder, format);
    }

    [Theory]
    [InlineData("vmdk")]
    [InlineData("qcow2")]
    [InlineData("vhdx")]
    [InlineData("raw")]
    public async Task Disks_behind_2_TiB_are_whole(string format)
    {
        using var folder = new FormatFolder();
        WriteEnds(folder.Raw, (2L << 40) + (5 << 20));

        // Only where there is something: QEMU does not know the holes of every format and would read zeros for many minutes.
        var path = await folder.WriteAsync(format);
        var size = new FileInfo(folder.Raw).Length;
        foreach (var at in (long[])[0, (4L << 30) - (1 << 20), 1L << 40, size - (2 << 20)])
        {
            var (raw, file) = (Window("raw", folder.Raw, at), Window(format, path, at));
            await SecondReaders.RunAsync("qemu-utils", "qemu-img", "compare", raw, file);
        }
    }

    [Fact]
    public async Task One_changed_byte_in_any_file_is_found()
    {
        using var folder = new FormatFolder();
        new RandomDisk([new(Content.Noise, 5000, 1), new(Content.Text, 5000, 2)]).WriteTo(folder.Raw);
        foreach (var format in Catalog<IImageFormat>.All.Where(f => f.MadeFrom is null))
        {
            var path = await folder.WriteAsync(format.Name);
            using (var file = File.Open(path, FileMode.Open))
            {
                file.Position = file.Length / 2;
                var value = file.ReadByte();
                file.Position--;
                file.WriteByte((byte)(value ^ 0x10));
            }

            var job = await folder.JobAsync(format);
            var found = await Assert.ThrowsAsync<ProblemException>(() => format.VerifyAsync(job, path, CancellationToken.None));
            Assert.Equal(ExitCode.Integrity, found.Exit);
        }
    }

    [Fact]
    public async Task Libvmdk_reads_the_VMDK()
    {
        using var folder = Filled();
        var info = await SecondReaders.RunAsync("libvmdk-utils", "vmdkinfo", await folder.WriteAsync("vmdk"));
        Assert.Contains("Stream optimized", info, StringComparison.Ordinal);
        Assert.Contains($"({new FileInfo(folder.Raw).Length} bytes)", info, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vhd", "Dynamic")]
    [InlineData("vhd-fixed", "Fixed")]
    [InlineData("vhdx", "Dynamic")]
    public async Task Libvhdi_reads_VHD_and_VHDX(string format, string type)
    {
        using var folder = Filled();
        var info = await SecondReaders.RunAsync("libvhdi-utils", "vhdiinfo", await folder.WriteAsync(format));
        Assert.Contains(type, info, StringComparison.Ordinal);
        Assert.Contains($"({new FileInfo(folder.Raw).Length} bytes)", info, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vmdk")]
    [InlineData("vhd")]
    [InlineData("vhd-fixed")]
    [InlineData("vhdx")]
    public async Task Sevenzip_finds_the_very_bytes_in_the_file(string format)
    {
        using var folder = Filled();
        var path = await folder.WriteAsync(format);
        await SecondReaders.RunAsync("p7zip-full", "7z", "x", "-y", $"-o{folder.At("out")}", path);
        var disk = Assert.Single(Directory.EnumerateFiles(folder.At("out")));
        Assert.True(File.ReadAllBytes(disk).AsSpan().SequenceEqual(File.ReadAllBytes(folder.Raw)));
    }

    [Fact]
    public async Task Virt_v2v_understands_the_OVA()
    {
        using var folder = Filled();
        var path = await folder.WriteAsync("ova");
        var machine = await SecondReaders.RunAsync("virt-v2v", "virt-v2v", "--print-source", "-i", "ova", path);
        Assert.Contains("source name: web-1.2.3", machine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sha256sum_agrees_with_the_manifest_in_the_OVA()
    {
        using var folder = Filled();
        await SecondReaders.RunAsync("tar", "tar", "-C", folder.Folder, "--overwrite", "-xf", await folder.WriteAsync("ova"));
        var list = File.ReadAllText(folder.At("web-1.2.3.mf"))
            .Replace("SHA256(", "SHA256 (", StringComparison.Ordinal).Replace(")=", ") =", StringComparison.Ordinal);
        File.WriteAllText(folder.At("list"), list);
        const string script = "cd \"$1\" && sha256sum --strict --check list";
        await SecondReaders.RunAsync("coreutils", "bash", "-c", script, "bash", folder.Folder);
    }

    private static string Window(string driver, string path, long at) => "json:" + new JsonObject
    {
        ["driver"] = "raw",
        ["offset"] = at,
        ["size"] = 2 << 20,
        ["file"] = new JsonObject { ["driver"] = driver, ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = path } },
    }.ToJsonString();

    private static async Task VerifyAsync(FormatFolder folder, string format)
    {
        var path = await folder.WriteAsync(format);
        var written = FormatFolder.Format(format);
        await written.VerifyAsync(await folder.JobAsync(written), path, CancellationToken.None);
    }

    // Something at both ends and around 4 GiB, and nothing between.
    private static void WriteEnds(string path, long size)
    {
        using var file = new SparseFile(path);
        file.SetLength(size);
        foreach (var at in (long[])[0, (4L << 30) - 512, size - 70_000])
            file.Write(at, [.. Enumerable.Repeat((byte)at.GetHashCode(), 60_000), 1]);
    }

    private static FormatFolder Filled()
    {
        var folder = new FormatFolder();
        var disk = new RandomDisk([new(Content.Text, 5000, 3), new(Content.Hole, 70_000, 0), new(Content.Noise, 4720, 1)]);
        disk.WriteTo(folder.Raw);
        return folder;
    }
}
