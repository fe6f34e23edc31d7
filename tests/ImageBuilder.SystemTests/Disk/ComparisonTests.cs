using ImageBuilder.Comparing;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Disk;

/// <summary>Differences of disks that e2fsprogs, dosfstools and mtools made and changed.</summary>
public sealed class ComparisonTests : IDisposable
{
    private const string MakeDisk = """
        mkdir -p tree/many tree/deep/er
        for i in {1..3000}; do : >"tree/many/file-with-a-long-name-$i"; done
        printf 'one two three\n' >tree/deep/er/text
        head -c 3000000 /dev/urandom >tree/large
        truncate -s 20M tree/sparse && printf x | dd of=tree/sparse bs=1 seek=15000000 conv=notrunc status=none
        ln -s deep/er/text tree/link
        touch -d @1700000000 tree/deep/er/text
        truncate -s 200M disk
        printf 'label: gpt\nstart=1MiB, size=40MiB, type=U, name=ESP\nstart=42MiB, size=150MiB, type=L, name=root\n' | sfdisk -q disk
        mkfs.vfat -F 32 -s 1 --offset 2048 disk 40960 >/dev/null
        export MTOOLS_SKIP_CHECK=1
        mmd -i disk@@1M ::EFI ::EFI/BOOT
        mcopy -i disk@@1M tree/large ::EFI/BOOT/BOOTX64.EFI
        mke2fs -q -F -t ext4 -b 4096 -E offset=44040192 -d tree disk 150m
        """;

    private static readonly ProgramRunner s_programs = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("comparison-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_changed_file_is_named_with_the_place_in_it()
    {
        await RunAsync(MakeDisk);
        using (var disk = new DiskBytes(Path.Combine(_folder, "disk")))
        {
            var files = Ext4Tree.TryOpen(disk, 44040192)!.Files().Select(f => f.Path).Where(p => p is not ("/" or "/lost+found")).Order(StringComparer.Ordinal);
            var found = await RunAsync("cd tree && find . -mindepth 1 -printf '/%P\\n' | LC_ALL=C sort");
            Assert.Equal(found.Split('\n', StringSplitOptions.RemoveEmptyEntries), files);
        }

        await ChangeAsync("debugfs -w -R 'sif /deep/er/text mode 0100600' 'changed?offset=44040192'", "/deep/er/text mode: 100644 → 100600");
        await ChangeAsync("debugfs -w -R 'sif /deep/er/text uid 7' 'changed?offset=44040192'", "/deep/er/text owner: 0:0 → 7:0");
        await ChangeAsync("debugfs -w -R 'sif /deep/er/text mtime @1700000001' 'changed?offset=44040192'", "/deep/er/text time: 1700000000 → 1700000001");
        await ChangeAsync("debugfs -w -R 'rm /many/file-with-a-long-name-77' 'changed?offset=44040192'", "/many/file-with-a-long-name-77 only in one: there → not there");
        await ChangeAsync("""
            at=$(grep -abo 'one two three' changed | cut -d : -f 1)
            printf T | dd of=changed bs=1 seek=$((at + 4)) conv=notrunc status=none
            """, """/deep/er/text content: offset 4: "two three\n" → "Two three\n" (disk offset""");
        await ChangeAsync("""
            block=$(debugfs -R 'bmap /sparse 3662' 'changed?offset=44040192' 2>/dev/null)
            printf y | dd of=changed bs=1 seek=$((44040192 + block * 4096 + 448)) conv=notrunc status=none
            """, "/sparse content: offset 15000000: ");
        await ChangeAsync("""
            export MTOOLS_SKIP_CHECK=1
            cp tree/large other && printf abc | dd of=other bs=1 seek=1234567 conv=notrunc status=none
            mcopy -o -i changed@@1M other ::EFI/BOOT/BOOTX64.EFI
            """, "disk partition 1 (ESP) /EFI/BOOT/BOOTX64.EFI content: offset 1234567: ");
        await ChangeAsync("printf x | dd of=changed bs=1 seek=400 conv=notrunc status=none", "disk bytes: offset 400: ");
    }

    private async Task ChangeAsync(string script, string expected)
    {
        await RunAsync("cp --sparse=always disk changed\n" + script);
        var found = DiskComparison.Of("disk", Path.Combine(_folder, "disk"), Path.Combine(_folder, "changed"), Cancel).Select(d => d.ToString()).ToList();
        Assert.Contains(found, line => line.Contains(expected, StringComparison.Ordinal));
        Assert.True(found.Count <= 3, string.Join('\n', found));
    }

    private async Task<string> RunAsync(string script) =>
        (await s_programs.RunAsync(new Command("bash", "-euc", script) { WorkingDirectory = _folder }, Cancel)).OrThrow("The disk could not be made.").Output;
}
