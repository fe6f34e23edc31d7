using System.Diagnostics;
using System.Text;
using CsCheck;
using ImageBuilder.Engines.Local;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Tests.Disk;

public sealed class DiskTests
{
    private static readonly DiskIds s_ids = DiskIds.From("digest");

    [Fact]
    public void Identifiers_follow_from_the_plans_digest_and_differ_from_each_other()
    {
        Assert.Equal(s_ids, DiskIds.From("digest"));
        Guid[] all = [s_ids.Disk, s_ids.BiosPartition, s_ids.EspPartition, s_ids.RootPartition, s_ids.Root, s_ids.Hash];
        Assert.Equal(6, all.Distinct().Count());
        Assert.All(all, id => Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id.ToString()));
        Assert.Empty(all.Intersect([DiskIds.From("other").Root, DiskIds.From("other").Disk]));
        Assert.Matches("^[0-9A-F]{4}-[0-9A-F]{4}$", s_ids.EspUuid);
    }

    [Fact]
    public void The_root_partition_ends_with_the_last_block_before_the_second_partition_table() =>
        Gen.Long[100, 1 << 20].Sample(mib =>
        {
            var layout = new DiskLayout(mib << 20);
            var end = DiskLayout.RootOffset + layout.RootBlocks * DiskLayout.BlockSize;
            var usable = layout.Size - 33 * DiskLayout.SectorSize;
            return end <= usable && usable - end < DiskLayout.BlockSize && DiskLayout.RootOffset % (1 << 20) == 0;
        });

    [Fact]
    public void The_size_that_is_proposed_for_some_content_holds_it() =>
        Gen.Select(Gen.Long[1, 1 << 26], Gen.Long[1, 1 << 24]).Sample((blocks, inodes) =>
        {
            var size = DiskLayout.SizeFor(blocks, inodes);
            return size % (1 << 20) == 0 && new DiskLayout(size).ContentBlocks > blocks;
        });

    [Fact]
    public void The_partition_table_as_sfdisk_reads_it() => Assert.Equal($"""
        label: gpt
        label-id: {s_ids.Disk.ToString().ToUpperInvariant()}
        first-lba: 2048
        sector-size: 512
        start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid={s_ids.BiosPartition.ToString().ToUpperInvariant()}, name="bios"
        start=4096, size=98304, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid={s_ids.EspPartition.ToString().ToUpperInvariant()}, name="esp"
        start=102400, size=1994712, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid={s_ids.RootPartition.ToString().ToUpperInvariant()}, name="root"

        """, new DiskLayout(1 << 30).PartitionTable(s_ids));

    [Fact]
    public void The_boot_sector_and_the_core_image_are_told_where_the_rest_lies()
    {
        var boot = Enumerable.Repeat((byte)1, 512).ToArray();
        var (code, core) = BootLoader.Embedded(boot, Enumerable.Repeat((byte)2, 1100).ToArray());
        Assert.Equal(440, code.Length);
        Assert.Equal("0008000000000000FF0190900101", Convert.ToHexString(code.AsSpan(0x5c, 14)));
        Assert.Equal(1536, core.Length);
        Assert.Equal("02020202" + "0108000000000000" + "0200" + "2008" + "0202", Convert.ToHexString(core.AsSpan(496, 18)));
        Assert.Equal(0, core[1100]);
        Assert.Throws<ArgumentException>(() => BootLoader.Embedded(boot, new byte[(1 << 20) + 1]));
    }

    [Fact]
    public async Task Holes_count_as_zeros_in_the_digest_and_stay_holes_in_a_copy()
    {
        var folder = Directory.CreateTempSubdirectory("sparse");
        var (path, copy) = (Path.Combine(folder.FullName, "a"), Path.Combine(folder.FullName, "b"));
        await RunAsync("bash", "-c", $"truncate -s 20M {path}; printf abc | dd of={path} bs=1M seek=7 conv=notrunc status=none; truncate -s +7 {path}");
        await Holes.CopyAsync(path, copy, Cancel);
        var expected = (await RunAsync("sha256sum", path))[..64];
        Assert.Equal(expected, await FileDigest.OfAsync(path, _ => { }, Cancel));
        Assert.Equal(expected, await FileDigest.OfAsync(copy, _ => { }, Cancel));
        Assert.True(int.Parse((await RunAsync("du", "-k", copy)).Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture) < 1000);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void The_boot_files_name_the_root_file_system_and_the_newest_kernel()
    {
        var files = BootFiles.Of(s_ids).ToDictionary(f => f.Path, f => f.Content);
        Assert.Contains($"UUID={s_ids.Root} / ext4", files["etc/fstab"], StringComparison.Ordinal);
        Assert.Contains("x-systemd.growfs", files["etc/fstab"], StringComparison.Ordinal);
        Assert.Contains($"linux /vmlinuz root=UUID={s_ids.Root} ro console=tty0 console=ttyS0,115200n8\n", files["boot/grub/grub.cfg"], StringComparison.Ordinal);
        Assert.All(files.Values, text => Assert.EndsWith("\n", text, StringComparison.Ordinal));
        Assert.Contains($"search.fs_uuid {s_ids.Root} root", BootLoader.EarlyConfiguration(s_ids), StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var text = new StringBuilder(await process.StandardOutput.ReadToEndAsync(Cancel)).Append(await error);
        await process.WaitForExitAsync(Cancel);
        return text.ToString();
    }
}
