using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.Exporting;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Exporting;

public sealed class ExporterTests : IDisposable
{
    private readonly FormatFolder _folder = new();
    private readonly FakePrograms _programs = new();
    private readonly Remembered _report = new();

    public ExporterTests() =>
        new RandomDisk([new Piece(Content.Noise, 3000, 1), new Piece(Content.Hole, 4000, 0)]).WriteTo(_folder.Raw);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_formats_are_written_with_digests_that_sha256sum_checks()
    {
        string[] outputs = ["raw", "qcow2", "vmdk", "vhdx", "vhd", "vhd-fixed", "ova"];
        var exported = await ExportAsync(outputs);
        Assert.Equal(outputs.Order(), exported.Artifacts.Select(a => a.Format).Order());
        Assert.All(exported.Artifacts, a => Assert.Equal(Digest(_folder.At(a.File)), a.Sha256));
        Assert.Equal(Digest(_folder.Raw), exported.Artifacts.Single(a => a.Format == "raw").Sha256);
        var files = exported.Artifacts.OrderBy(a => a.File, StringComparer.Ordinal).ToList();
        Assert.Equal(files.Select(a => $"{a.Sha256}  {a.File}"), File.ReadAllLines(_folder.At("SHA256SUMS")));
        Assert.Equal(["SHA256SUMS", "disk.raw", .. files.Select(a => a.File)], Files());
        Assert.Equal(outputs.Order(), _report.Events.OfType<ArtifactWritten>().Select(e => e.Artifact.Format).Order());
    }

    [Fact]
    public async Task An_OVA_alone_leaves_no_VMDK()
    {
        await ExportAsync("ova");
        Assert.Equal(["SHA256SUMS", "disk.raw", "web-1.2.3.ova"], Files());
        Assert.Equal(["check", "compare"], _programs.Ran.Select(command => command.Split(' ')[1]));
    }

    [Fact]
    public async Task A_disk_that_failed_its_tests_is_not_exported()
    {
        var failed = new TestCase("web/test/Answers", Passed: false, Skipped: false, 1, 1, "", "");
        var tested = TestedAs(passed: false) with { Boots = [new BootTest("uefi", 12, "", [failed])] };
        await RefusedAsync(ExitCode.TestFailed, "IB6010", Disk(), tested, "web/test/Answers (uefi)");
    }

    [Fact]
    public Task A_disk_that_was_never_booted_is_not_exported() =>
        RefusedAsync(ExitCode.TestFailed, "IB6011", Disk(), TestedAs(passed: true) with { Boots = [] }, "no boot");

    [Fact]
    public Task A_test_record_of_another_disk_does_not_count() => RefusedAsync(
        ExitCode.TestFailed, "IB6012", Disk(), TestedAs(passed: true) with { DiskDigest = new string('0', 64) }, "000000");

    [Fact]
    public async Task A_disk_that_changed_after_its_test_is_not_exported()
    {
        var (disk, tested) = (Disk(), TestedAs(passed: true));
        using (var file = File.OpenWrite(_folder.Raw)) file.WriteByte(0x42);
        await RefusedAsync(ExitCode.Integrity, "IB6013", disk, tested, tested.DiskDigest);
        File.WriteAllText(_folder.Raw, "short");
        await RefusedAsync(ExitCode.Integrity, "IB6014", disk, tested, "5 bytes");
    }

    [Fact]
    public async Task A_file_that_does_not_compare_ends_with_14_and_leaves_nothing()
    {
        _programs.On = command => command.ToString().Contains("vhdx", StringComparison.Ordinal) ? 1 : 0;
        var found = await Assert.ThrowsAsync<ProblemException>(() => ExportAsync("raw", "vmdk", "vhdx"));
        Assert.Equal((ExitCode.Integrity, "IB6001"), (found.Exit, found.Problems[0].Code));
        Assert.Equal(["disk.raw"], Files());
    }

    [Fact]
    public async Task A_disk_of_another_size_is_a_difference_though_qemu_only_warns()
    {
        _programs.Output = "Warning: Image size mismatch!\nImages are identical.\n";
        var found = await Assert.ThrowsAsync<ProblemException>(() => ExportAsync("raw"));
        Assert.Equal("IB6001", found.Problems[0].Code);
    }

    [Fact]
    public async Task Files_of_formats_that_are_no_longer_asked_for_go_and_others_stay()
    {
        await ExportAsync("raw", "vhd");
        File.WriteAllText(_folder.At("manifest.json"), "{}");
        File.WriteAllText(_folder.At("notes.vhd"), "mine");
        await ExportAsync("raw");
        Assert.Equal(["SHA256SUMS", "disk.raw", "notes.vhd", "web-1.2.3.raw"], Files());
    }

    [Fact]
    public async Task What_a_killed_export_left_does_not_disturb_the_next()
    {
        Directory.CreateDirectory(_folder.At(".export/deep"));
        File.WriteAllText(_folder.At(".export/web-1.2.3.raw"), "half");
        File.WriteAllText(_folder.At("web-1.2.3.raw"), "old");
        await ExportAsync("raw");
        Assert.Equal(["SHA256SUMS", "disk.raw", "web-1.2.3.raw"], Files());
        Assert.Equal(Digest(_folder.Raw), Digest(_folder.At("web-1.2.3.raw")));
    }

    [Fact]
    public async Task An_export_is_current_until_anything_of_it_changes()
    {
        var exported = await ExportAsync("raw", "vhd");
        Assert.True(IsCurrent(exported, "raw", "vhd"));
        Assert.False(IsCurrent(exported, "raw"));
        Assert.False(IsCurrent(exported, "raw", "vhd", "ova"));
        Assert.False(IsCurrent(exported with { Writer = "another" }, "raw", "vhd"));
        Assert.False(IsCurrent(exported with { DiskSha256 = "another" }, "raw", "vhd"));
        File.SetLastWriteTimeUtc(_folder.At("web-1.2.3.vhd"), DateTime.UnixEpoch);
        Assert.False(IsCurrent(exported, "raw", "vhd"));
    }

    [Fact]
    public async Task A_current_export_does_not_hide_a_test_that_failed_since()
    {
        var exported = await ExportAsync("raw");
        Assert.Throws<ProblemException>(() => new Exporter().IsCurrent(Run("raw"), Disk(), TestedAs(passed: false), exported));
    }

    [Fact]
    public async Task One_more_format_is_written_without_writing_the_others_again()
    {
        var first = await ExportAsync("raw", "vmdk");
        await RecordFiles.WriteAsync(_folder.Folder, RecordFiles.ExportFile, first, CancellationToken.None);
        _report.Events.Clear();
        var second = await ExportAsync("raw", "vmdk", "ova");
        Assert.Equal("ova", Assert.Single(_report.Events.OfType<ArtifactWritten>()).Artifact.Format);
        Assert.Equal(["raw", "vmdk"], _report.Events.OfType<StepFinished>().Where(e => e.Reused).Select(e => e.Id).Order());
        Assert.Equal(first.Artifacts, second.Artifacts.Where(a => a.Format != "ova"));
        Assert.Equal(["SHA256SUMS", "disk.raw", "export.json", "web-1.2.3.ova", "web-1.2.3.raw", "web-1.2.3.vmdk"], Files());
        Assert.Equal((1, 2), (first.Build, second.Build));
    }

    [Theory, InlineData("vmdk"), InlineData("qcow2")]
    public async Task Pieces_that_the_last_artifact_has_are_taken_from_it_and_give_the_same_bytes(string format)
    {
        WriteNoise(seed: 1);
        await ExportAgainAsync(format);
        var reused = await ExportChangedAsync(format);
        Assert.Equal(await ExportFromNothingAsync(format), reused);

        // Whatever lies where the index says is taken: that it is damaged, QEMU finds, which only seems to run here.
        Damage(ArtifactOf(format));
        var damaged = await ExportChangedAsync(format);
        Assert.NotEqual(await ExportFromNothingAsync(format), damaged);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_index_of_pieces_that_does_not_fit_is_not_used(bool cut)
    {
        WriteNoise(seed: 2);
        await ExportAgainAsync("vmdk");
        var index = KeptPieces.IndexOf(ArtifactOf("vmdk"));
        var bytes = File.ReadAllBytes(index);
        bytes[^1] ^= cut ? (byte)0 : (byte)1;
        File.WriteAllBytes(index, cut ? bytes[..^28] : bytes);
        Damage(ArtifactOf("vmdk")); // shows whether anything is taken from it
        var exported = await ExportChangedAsync("vmdk");
        Assert.Equal(await ExportFromNothingAsync("vmdk"), exported);
    }

    [Fact]
    public async Task After_an_export_that_failed_no_pieces_are_taken_and_a_format_that_goes_takes_its_index_with_it()
    {
        WriteNoise(seed: 3);
        await ExportAgainAsync("vmdk", "qcow2");
        Change();
        _programs.On = command => command.ToString().Contains("vmdk", StringComparison.Ordinal) ? 1 : 0;
        await Assert.ThrowsAsync<ProblemException>(() => ExportAgainAsync("vmdk"));
        Assert.False(File.Exists(KeptPieces.IndexOf(ArtifactOf("vmdk"))));
        Assert.True(File.Exists(KeptPieces.IndexOf(ArtifactOf("qcow2"))));
        _programs.On = _ => 0;
        await ExportAgainAsync("vmdk");
        Assert.Equal([KeptPieces.IndexOf(ArtifactOf("vmdk"))], Directory.GetFiles(_folder.Folder, "*.pieces"));
    }

    [Fact]
    public async Task A_file_that_was_changed_since_is_written_again()
    {
        var first = await ExportAsync("raw", "vhd");
        await RecordFiles.WriteAsync(_folder.Folder, RecordFiles.ExportFile, first, CancellationToken.None);
        File.AppendAllText(_folder.At("web-1.2.3.vhd"), "more");
        var second = await ExportAsync("raw", "vhd");
        Assert.Equal(first.Artifacts.Select(a => a.Sha256), second.Artifacts.Select(a => a.Sha256));
        Assert.Equal(Digest(_folder.At("web-1.2.3.vhd")), second.Artifacts.Single(a => a.Format == "vhd").Sha256);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_a_problem_that_names_it()
    {
        File.WriteAllText(_folder.At(".export"), "a file where a folder must be");
        var found = await Assert.ThrowsAsync<ProblemException>(() => ExportAsync("raw"));
        Assert.Contains(_folder.Folder, found.Problems[0].What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        _programs.On = _ => { stop.Cancel(); return 0; };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new Exporter().ExportAsync(Run("raw", "vmdk", "ova"), Disk(), TestedAs(passed: true), stop.Token));
        Assert.Equal(["disk.raw"], Files());
    }

    private string ArtifactOf(string format) => _folder.At($"web-1.2.3.{format}");

    // Half of each piece can be compressed.
    private void WriteNoise(int seed)
    {
        var disk = new byte[40 << 16];
        new Random(seed).NextBytes(disk);
        for (var at = 0; at < disk.Length; at += 1 << 16) disk.AsSpan(at, 1 << 15).Clear();
        File.WriteAllBytes(_folder.Raw, disk);
    }

    // Pieces go, move and are new.
    private void Change()
    {
        var disk = File.ReadAllBytes(_folder.Raw);
        var piece = disk.AsSpan(3 << 16, 1 << 16).ToArray();
        disk.AsSpan(4 << 16, 30 << 16).CopyTo(disk.AsSpan(3 << 16));
        piece[0]++;
        piece.CopyTo(disk, 33 << 16);
        File.WriteAllBytes(_folder.Raw, disk);
    }

    private async Task<byte[]> ExportChangedAsync(string format)
    {
        Change();
        await ExportAgainAsync(format);
        return await File.ReadAllBytesAsync(ArtifactOf(format));
    }

    private async Task<byte[]> ExportFromNothingAsync(string format)
    {
        File.Delete(_folder.At(RecordFiles.ExportFile));
        await ExportAgainAsync(format);
        return await File.ReadAllBytesAsync(ArtifactOf(format));
    }

    // As a disk does it: neither size nor time tell.
    private static void Damage(string path)
    {
        var written = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenWrite(path))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[1000]);
        }

        File.SetLastWriteTimeUtc(path, written);
    }

    private async Task ExportAgainAsync(params string[] outputs) =>
        await RecordFiles.WriteAsync(_folder.Folder, RecordFiles.ExportFile, await ExportAsync(outputs), CancellationToken.None);

    private async Task RefusedAsync(ExitCode exit, string code, DiskMade disk, Tested tested, string evidence)
    {
        var found = await Assert.ThrowsAsync<ProblemException>(
            () => new Exporter().ExportAsync(Run("raw", "ova"), disk, tested, CancellationToken.None));
        Assert.Equal((exit, code), (found.Exit, found.Problems[0].Code));
        Assert.Contains(evidence, found.Problems[0].Why, StringComparison.Ordinal);
        Assert.Equal(["disk.raw"], Files());
    }

    private Task<Exported> ExportAsync(params string[] outputs) =>
        new Exporter().ExportAsync(Run(outputs), Disk(), TestedAs(passed: true), CancellationToken.None);

    private bool IsCurrent(Exported exported, params string[] outputs) =>
        new Exporter().IsCurrent(Run(outputs), Disk(), TestedAs(passed: true), exported);

    private BuildRun Run(params string[] outputs) => new(FormatFolder.Plan with { Outputs = outputs, Digest = "plan" },
        _folder.Folder, new EngineSettings("", "", null), _programs, TimeProvider.System, _report);

    private DiskMade Disk() =>
        new("plan", "disk.raw", new FileInfo(_folder.Raw).Length, DiskDigest(), "root-uuid", 1_700_000_000);

    private Tested TestedAs(bool passed) =>
        new("plan", DiskDigest(), Digest(_folder.Raw), passed, [new BootTest("bios", 12, "console.log", [])]);

    private string DiskDigest() => Verity.OfAsync(_folder.Raw, CancellationToken.None).GetAwaiter().GetResult();

    private IEnumerable<string?> Files() =>
        Directory.EnumerateFileSystemEntries(_folder.Folder).Where(f => !f.EndsWith(".pieces", StringComparison.Ordinal)).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static string Digest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
