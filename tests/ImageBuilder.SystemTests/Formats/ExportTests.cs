using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.Exporting;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.SystemTests.Formats;

public sealed class ExportTests
{
    private static readonly ProgramRunner s_programs = new();

    [Fact]
    public async Task All_formats_are_written_compared_by_QEMU_and_current_afterwards()
    {
        using var folder = new FormatFolder();
        WriteDisk(folder.Raw);
        var run = Run(folder.Folder, [.. Catalog<IImageFormat>.All.Select(f => f.Name)]);
        var (disk, tested) = await RecordsAsync(folder.Raw);
        var exported = await new Exporter().ExportAsync(run, disk, tested, TestContext.Current.CancellationToken);
        Assert.Equal(Catalog<IImageFormat>.All.Count, exported.Artifacts.Count);
        Assert.True(new Exporter().IsCurrent(run, disk, tested, exported));
        var check = new Command("sha256sum", "--check", "--strict", "SHA256SUMS") { WorkingDirectory = folder.Folder };
        (await s_programs.RunAsync(check, TestContext.Current.CancellationToken)).OrThrow("The digests differ.");
    }

    [Fact]
    public async Task A_full_file_system_is_explained_with_path_needed_and_free_room()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to mount a small file system");
        var cancel = TestContext.Current.CancellationToken;
        var small = Directory.CreateTempSubdirectory("small-").FullName;
        var mount = new Command("mount", "-t", "tmpfs", "-o", "size=12m", "small", small);
        (await s_programs.RunAsync(mount, cancel)).OrThrow("A tmpfs cannot be mounted.");
        try
        {
            var raw = Path.Combine(small, "disk.raw");
            WriteDisk(raw);
            var (disk, tested) = await RecordsAsync(raw);
            var run = Run(small, "raw", "vhd", "vhdx");
            var found = await Assert.ThrowsAsync<ProblemException>(() => new Exporter().ExportAsync(run, disk, tested, cancel));
            var problem = Assert.Single(found.Problems);
            Assert.Equal("IB6020", problem.Code);
            Assert.Contains(small, problem.What, StringComparison.Ordinal);
            Assert.Contains("need up to 14 MiB (3 × 4 MiB), 7 MiB are free", problem.Why, StringComparison.Ordinal);
            Assert.Equal(["disk.raw"], Directory.EnumerateFileSystemEntries(small).Select(Path.GetFileName));

            var room = new Command("mount", "-o", "remount,size=64m", small);
            (await s_programs.RunAsync(room, cancel)).OrThrow("The file system does not grow.");
            Assert.Equal(3, (await new Exporter().ExportAsync(run, disk, tested, cancel)).Artifacts.Count);
        }
        finally
        {
            await s_programs.RunAsync(new Command("umount", small), CancellationToken.None);
            Directory.Delete(small);
        }
    }

    private static void WriteDisk(string path) =>
        new RandomDisk([new(Content.Noise, 10_000, 1), new(Content.Hole, 70_000, 0)]).WriteTo(path);

    private static BuildRun Run(string folder, params string[] outputs) => new(
        FormatFolder.Plan with { Outputs = outputs, Digest = "plan" }, folder, new EngineSettings("", "", null),
        s_programs, TimeProvider.System, new Silent());

    private static async Task<(DiskMade Disk, Tested Tested)> RecordsAsync(string raw)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(raw)));
        var digest = await Verity.OfAsync(raw, CancellationToken.None);
        return (new DiskMade("plan", Path.GetFileName(raw), new FileInfo(raw).Length, digest, "root-uuid", 1_700_000_000),
            new Tested("plan", digest, sha256, Passed: true, [new BootTest("bios", 12, "console.log", [])]));
    }

    private sealed class Silent : IReport
    {
        public void Write(BuildEvent happened) { }
    }
}
