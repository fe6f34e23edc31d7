using ImageBuilder.Engines.Local;
using ImageBuilder.Problems;

namespace ImageBuilder.SystemTests.Disk;

public sealed class DiskAssemblyTests : IDisposable
{
    private readonly DiskBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Tools_that_did_not_make_it_find_the_disk_clean()
    {
        await FillAsync();
        await _bench.MakeAsync(DiskBench.Plan(300), Cancel);
        Assert.Contains("No problems found", await _bench.BashAsync("sgdisk -v out/disk.raw", Cancel), StringComparison.Ordinal);
        await CutAsync();
        var root = await _bench.BashAsync("fsck.ext4 -fn root.img", Cancel);
        Assert.DoesNotContain("exit", root, StringComparison.Ordinal);
        Assert.DoesNotContain("Fix", root, StringComparison.Ordinal);
        Assert.DoesNotContain("exit", await _bench.BashAsync("fsck.vfat -n esp.img && mdir -i esp.img ::EFI/BOOT/BOOTX64.EFI", Cancel), StringComparison.Ordinal);
        Assert.Equal("rootfs\n", await _bench.BashAsync("cd out; ls -A | grep -v '^disk.raw$'; echo rootfs", Cancel));
    }

    [Fact]
    public async Task The_digest_is_that_of_the_file_and_the_same_again_for_the_same_plan_only()
    {
        await FillAsync();
        var first = await _bench.MakeAsync(DiskBench.Plan(300), Cancel);
        Assert.Equal($"{first.Digest}\n", await _bench.BashAsync("fsverity digest --compact out/disk.raw", Cancel));
        await _bench.BashAsync("sleep 1.1; cat tree/etc/small tree/big >/dev/null; touch tree/etc/late", Cancel);
        Assert.Equal(first, await _bench.MakeAsync(DiskBench.Plan(300), Cancel, "again"));
        Assert.NotEqual(first.Digest, (await _bench.MakeAsync(DiskBench.Plan(300, "d2"), Cancel, "other")).Digest);
    }

    [Fact]
    public async Task Owners_modes_times_links_and_attributes_are_those_of_the_tree()
    {
        await FillAsync();
        await _bench.MakeAsync(DiskBench.Plan(300), Cancel);
        await CutAsync();
        var small = await StatAsync("/etc/small");
        Assert.Contains("Mode:  0640", small, StringComparison.Ordinal);
        Assert.Contains("User: 70000   Group: 65534", small, StringComparison.Ordinal);
        Assert.Contains("Links: 2", small, StringComparison.Ordinal);
        Assert.Contains("mtime: 0x5e0be100", small, StringComparison.Ordinal);
        foreach (var time in (string[])["ctime", "atime", "crtime"])
            Assert.Matches($"{time}: 0x{DiskBench.Epoch:x}:00000000", small);
        Assert.Contains($"mtime: 0x{DiskBench.Epoch:x}", await StatAsync("/etc/late"), StringComparison.Ordinal);
        Assert.Contains("security.capability", await StatAsync("/bin/ping"), StringComparison.Ordinal);
        Assert.Contains("Fast link dest: \"small\"", await StatAsync("/etc/link"), StringComparison.Ordinal);
        var super = await _bench.BashAsync("dumpe2fs -h root.img", Cancel);
        Assert.Contains($"{DiskIds.From("d1").Root}", super, StringComparison.Ordinal);
        Assert.DoesNotContain("exit", super, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_smaller_than_its_content_names_the_size_needed_and_that_size_is_enough()
    {
        await _bench.BashAsync("head -c 400M /dev/urandom >tree/big", Cancel);
        var thrown = await Assert.ThrowsAsync<ProblemException>(() => _bench.MakeAsync(DiskBench.Plan(300), Cancel));
        var problem = Assert.Single(thrown.Problems);
        Assert.Equal("IB5001", problem.Code);
        Assert.Equal(ExitCode.BuildFailed, thrown.Exit);
        Assert.Equal("recipes/web/recipe.yml", problem.At?.File);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bench.Folder("out")));
        var size = long.Parse(problem.Fix.Split("size: ")[1].Split("MiB")[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(size, 450, 600);
        await _bench.MakeAsync(DiskBench.Plan(size), Cancel);
    }

    [Fact]
    public async Task Content_just_below_the_disks_size_is_refused_in_the_same_way()
    {
        await _bench.BashAsync("head -c 236M /dev/urandom >tree/big", Cancel);
        var thrown = await Assert.ThrowsAsync<ProblemException>(() => _bench.MakeAsync(DiskBench.Plan(300), Cancel));
        Assert.Equal("IB5001", Assert.Single(thrown.Problems).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bench.Folder("out")));
    }

    [Fact]
    public async Task Many_small_files_get_the_inodes_they_need()
    {
        await _bench.BashAsync("mkdir tree/many; cd tree/many; seq 1 20000 | xargs touch", Cancel);
        await _bench.MakeAsync(DiskBench.Plan(300), Cancel);
    }

    private async Task FillAsync() => Assert.Equal("", await _bench.BashAsync("""
        set -e; cd tree; mkdir -p etc bin boot/efi; echo small >etc/small; ln etc/small etc/second; ln -s small etc/link; head -c 5M /dev/urandom >big
        truncate -s 3M bin/sparse; touch etc/late; touch bin/ping; setcap cap_net_raw+ep bin/ping
        chown 70000:65534 etc/small; chmod 640 etc/small; touch -d 2020-01-01T00:00:00Z etc/small
        """, Cancel));

    private async Task CutAsync() => await _bench.BashAsync($"""
        dd if=out/disk.raw of=root.img bs=1M skip={DiskLayout.RootOffset >> 20} conv=sparse
        dd if=out/disk.raw of=esp.img bs=1M skip={DiskLayout.EspOffset >> 20} count={DiskLayout.EspSectors / 2048}
        truncate -s {(new DiskLayout(300 << 20).RootBlocks) * 4096} root.img
        """, Cancel);

    private Task<string> StatAsync(string path) => _bench.BashAsync($"debugfs -R 'stat {path}' root.img", Cancel);
}
