using System.Text;
using ImageBuilder.Comparing;
using ImageBuilder.Engines.Local;
using ImageBuilder.FileSystems;
using ImageBuilder.Processes;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.SystemTests.Disk;

/// <summary>File systems that we fill, looked at by e2fsprogs.</summary>
public sealed class Ext4WriterTests : IDisposable
{
    private const long Epoch = 1_700_000_000;
    private const ushort AFolder = 0x41ed;
    private const ushort AFile = 0x81a4;

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"imagebuilder-ext4-{Guid.NewGuid():N}"));
    private readonly ProgramRunner _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Image => Path.Combine(_folder.FullName, "disk.raw");

    private static string Place => $"disk.raw?offset={DiskLayout.RootOffset}";

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_kind_of_node_is_as_it_was_given_and_the_file_system_is_clean()
    {
        var big = Noise(5_000_001, 1);
        big.AsSpan(1 << 20, 2 << 20).Clear();
        List<TreeNode> tree =
        [
            Folder("."), Folder("etc"), File("etc/hosts", "hosts"u8.ToArray()) with { Uid = 70_000, Gid = 65_534, Mode = 0x81a0, Written = 1_500_000_000_500_000_000 },
            File("etc/second", "hosts"u8.ToArray()) with { Same = "etc/hosts" }, File("etc/later", []) with { Written = (Epoch + 9) * 1_000_000_000 },
            File("etc/early", []) with { Written = -1_000_000_000 }, Link("etc/short", "hosts"), Link("etc/long", new string('x', 300)),
            new TreeNode("etc/pipe", 0x11a4, 0, 0, 0, 0), new TreeNode("etc/null", 0x21b6, 0, 0, 0, 0) { Device = (1UL << 32) | 3 },
            new TreeNode("etc/disk", 0x61b6, 0, 0, 0, 0) { Device = (259UL << 32) | 70_000 }, File("big", big), Folder("many"),
            .. Enumerable.Range(0, 3000).Select(i => File($"many/a-name-that-is-rather-long-{i}", Encoding.ASCII.GetBytes($"{i}"))),
            File("capable", [1]) with { Attributes = [("security.capability", [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])] },
            File("told", [1]) with { Attributes = [("user.small", "value"u8.ToArray()), ("user.large", Noise(2000, 2))] },
            File("listed", [1]) with { Attributes = [("system.posix_acl_access", AccessList())] },
        ];
        await WriteAsync(tree, 300);

        Assert.Equal(Convert.ToHexString(big), Convert.ToHexString(await DumpAsync("/big")));
        Assert.Equal("2999"u8.ToArray(), await DumpAsync("/many/a-name-that-is-rather-long-2999"));
        var hosts = await StatAsync("/etc/second");
        foreach (var part in (string[])["Mode:  0640", "User: 70000   Group: 65534", "Links: 2", "mtime: 0x59682f00:77359400", $"ctime: 0x{Epoch:x}:00000000"])
            Assert.Contains(part, hosts, StringComparison.Ordinal);
        Assert.Contains($"mtime: 0x{Epoch:x}:00000000", await StatAsync("/etc/later"), StringComparison.Ordinal);
        Assert.Contains("mtime: 0xffffffff:00000000", await StatAsync("/etc/early"), StringComparison.Ordinal);
        Assert.Contains("Fast link dest: \"hosts\"", await StatAsync("/etc/short"), StringComparison.Ordinal);
        Assert.Contains("Size: 300", await StatAsync("/etc/long"), StringComparison.Ordinal);
        Assert.Contains("Device major/minor number: 01:03", await StatAsync("/etc/null"), StringComparison.Ordinal);
        Assert.Contains("(New-style) Device major/minor number: 259:70000", await StatAsync("/etc/disk"), StringComparison.Ordinal);
        Assert.Contains("Type: FIFO", await StatAsync("/etc/pipe"), StringComparison.Ordinal);
        Assert.Contains("security.capability (20)", await DebugAsync("ea_list /capable"), StringComparison.Ordinal);
        var told = await DebugAsync("ea_list /told");
        Assert.Contains("user.small (5) = \"value\"", told, StringComparison.Ordinal);
        Assert.Contains("user.large (2000)", told, StringComparison.Ordinal);
        Assert.Contains("system.posix_acl_access (28)", await DebugAsync("ea_list /listed"), StringComparison.Ordinal);
        // What is nothing but zeros takes no blocks: 5,000,001 bytes are 1221 of 4 KiB, and 512 of them are zeros.
        Assert.Contains($"Blockcount: {(1221 - 512) * 8}", await StatAsync("/big"), StringComparison.Ordinal);
    }

    [Fact]
    public void Trees_of_all_shapes_are_clean_and_read_back() => CsCheck.Check.Sample(
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, 400], CsCheck.Gen.Int[0, 3_000_000], CsCheck.Gen.Int[0, 1000]), (files, size, seed) =>
        {
            var random = new Random(seed);
            List<TreeNode> tree = [Folder(".")];
            List<string> folders = ["."];
            var content = new Dictionary<string, byte[]>();
            for (var i = 0; i < files; i++)
            {
                var parent = folders[random.Next(folders.Count)];
                var path = $"{(parent == "." ? "" : parent + "/")}{new string((char)random.Next('a', 'z'), random.Next(1, 200))}{i}";
                if (random.Next(5) == 0)
                {
                    tree.Add(Folder(path));
                    folders.Add(path);
                    continue;
                }

                content[path] = Noise(random.Next(10) == 0 ? size : random.Next(9000), i);
                if (random.Next(3) == 0) content[path].AsSpan(0, content[path].Length / 2).Clear();
                tree.Add(File(path, content[path]) with { Part = random.Next(3) });
            }

            WriteAsync(tree, 1200).GetAwaiter().GetResult();
            using var disk = new DiskBytes(Image);
            var read = Ext4Tree.TryOpen(disk, DiskLayout.RootOffset)!.Files().Where(f => f.Facts.IsFile).ToDictionary(f => f.Path[1..]);
            Assert.Equal(content.Keys.Order(), read.Keys.Order());
            foreach (var (path, bytes) in content)
            {
                var found = new byte[read[path].Facts.Size];
                foreach (var piece in read[path].Pieces) disk.Read(piece.OnDisk, (int)piece.Length).CopyTo(found, piece.At);
                Assert.True(bytes.AsSpan().SequenceEqual(found), path);
            }
        }, iter: 6, threads: 1);

    [Fact]
    public async Task What_changes_in_the_last_part_moves_nothing_else()
    {
        List<TreeNode> tree = [Folder("."), .. Enumerable.Range(0, 40).Select(i => File($"base{i:00}", Noise(300_000, i)))];
        TreeNode Last(byte[] content) => File("a-first-name", content) with { Part = 1 };
        await WriteAsync([.. tree, Last("short"u8.ToArray())], 300);
        var before = await System.IO.File.ReadAllBytesAsync(Image, Cancel);
        await WriteAsync([.. tree, Last(Noise(100_000, 99))], 300);
        var after = await System.IO.File.ReadAllBytesAsync(Image, Cancel);
        const int piece = 512 << 10;
        var changed = Enumerable.Range(0, before.Length / piece).Count(i => !before.AsSpan(i * piece, piece).SequenceEqual(after.AsSpan(i * piece, piece)));
        Assert.InRange(changed, 1, 6); // maps and inodes, their spare copies, the new file
    }

    [Fact]
    public async Task A_file_of_many_pieces_and_groups_that_nothing_was_written_to_are_clean()
    {
        var scattered = new byte[12 << 20];
        for (var i = 0; i < scattered.Length; i += 8192) scattered[i] = 1;
        await WriteAsync([Folder("."), File("scattered", scattered), File("large", Noise(160 << 20, 7))], 20_000);
        Assert.Equal(Convert.ToHexString(scattered), Convert.ToHexString(await DumpAsync("/scattered")));
    }

    [Fact]
    public void The_castagnoli_sum_of_the_usual_check_word() => Assert.Equal(0xe3069283, ~Ext4Bytes.Crc32C(~0u, "123456789"u8));

    [Fact]
    public void What_is_no_file_system_is_refused()
    {
        System.IO.File.WriteAllBytes(Image, new byte[4096]);
        using var file = System.IO.File.OpenHandle(Image);
        Assert.Throws<InvalidDataException>(() => new Ext4Writer(file, 0, 1));
    }

    // Writes it into its place on a disk and has it checked.
    private async Task WriteAsync(IReadOnlyList<TreeNode> tree, long sizeMiB)
    {
        var layout = new DiskLayout(sizeMiB << 20);
        using (var file = System.IO.File.OpenHandle(Image, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(file, layout.Size);
        await new RootFileSystem(_programs, _folder.FullName).WriteAsync(
            FormatFolder.Plan, Image, _folder.FullName, layout, DiskIds.From("d1"), Epoch, tree, Cancel);
        Assert.Equal("", await BashAsync($"fsck.ext4 -fn '{Place}' >fsck.log || cat fsck.log"));
    }

    private async Task<byte[]> DumpAsync(string path)
    {
        await BashAsync($"debugfs -R 'dump {path} dumped' '{Place}'");
        return await System.IO.File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "dumped"), Cancel);
    }

    private Task<string> StatAsync(string path) => DebugAsync($"stat {path}");

    private Task<string> DebugAsync(string request) => BashAsync($"debugfs -R '{request}' '{Place}' 2>/dev/null");

    private async Task<string> BashAsync(string script) =>
        (await _programs.RunAsync(new Command("bash", "-c", $"PATH=$PATH:/usr/sbin:/sbin; {script}") { WorkingDirectory = _folder.FullName }, Cancel)).Output;

    private static TreeNode Folder(string path) => new(path, AFolder, 0, 0, 0, Epoch * 1_000_000_000);

    private static TreeNode Link(string path, string target) => new(path, 0xa1ff, 0, 0, 0, 0) { Target = Encoding.ASCII.GetBytes(target) };

    private TreeNode File(string path, byte[] content) => new(path, AFile, 0, 0, content.Length, Epoch * 1_000_000_000)
    {
        Open = () =>
        {
            var file = Path.Combine(_folder.FullName, $"content-{Guid.NewGuid():N}");
            System.IO.File.WriteAllBytes(file, content);
            var opened = System.IO.File.OpenHandle(file);
            System.IO.File.Delete(file);
            return opened;
        },
    };

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // user::rw- user:1000:r-- group::r-- mask::r-- other::---
    private static byte[] AccessList() =>
    [
        2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 232, 3, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255,
        32, 0, 0, 0, 255, 255, 255, 255,
    ];
}
