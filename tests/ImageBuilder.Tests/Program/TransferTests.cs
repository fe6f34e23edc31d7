using System.Diagnostics;
using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>VM Import/Export and RunCommand by the command line, in a cloud that is kept in memory.</summary>
public sealed class TransferTests : IDisposable
{
    private const string Region = "eu-west-1";
    private const string Image = "ami-11111111";

    private readonly FakeWorld _world = new();

    public TransferTests()
    {
        _world.Clock.Skips = true;
        _world.Write("old.vmdk", "a disk");
        _world.Cloud.Roles["vmimport"] = FakeRoles.Import;
        Stock.Images[Image] = new CloudImage(Image, "web", "available", "", "111122223333", _world.Cloud.Now, ["snap-1"], new Dictionary<string, string>());
        Stock.Permissions[Image] = new LaunchPermissions();
        Stock.Snapshots["snap-1"] = new FakeSnapshot(new CloudSnapshot("snap-1", "completed", "", "", 1 << 30, default, "", new Dictionary<string, string>()), null);
    }

    private FakeStock Stock => _world.Cloud.StockOf(Region);

    private string Disk => Path.Combine(_world.Folder, "old.vmdk");

    public void Dispose() => _world.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public void A_machines_disk_becomes_an_image_and_nothing_else_stays(bool served)
    {
        using var server = served ? _world.Serve(Region) : null;
        Run(0, "ImportImage", $"--file={Disk}", "--bucket=disks", "--boot-mode=uefi");
        var image = Assert.Single(Stock.Images.Values, i => i.Id != Image);
        Assert.Equal((CloudTags.Kept, "old"), (image.Tags[CloudTags.State], image.Tags["Name"]));
        Assert.Equal(CloudTags.Kept, Stock.Snapshots[Assert.Single(image.Snapshots)].Shown.Tags[CloudTags.State]);
        Assert.Empty(Stock.Objects);
        Assert.Contains(image.Id, File.ReadAllText(Path.Combine(_world.Folder, "artifacts", "imports", "old.json")), StringComparison.Ordinal);
        NothingIsOpen();
        server?.Requests.Fit();
    }

    [Fact]
    public void A_system_that_cannot_be_imported_is_told_and_leaves_nothing()
    {
        Stock.TransferFailure = "ClientError: No valid partitions.";
        Run((int)ExitCode.BuildFailed, "ImportImage", $"--file={Disk}", "--bucket=disks");
        Assert.Contains("No valid partitions", _world.Error, StringComparison.Ordinal);
        Assert.Empty(Stock.Objects);
        NothingIsOpen();
    }

    [Theory]
    [InlineData("no role")]
    [InlineData("no trust")]
    public void The_role_of_the_service_is_checked_before_anything_is_uploaded(string wrong)
    {
        if (wrong == "no role") _world.Cloud.Roles.Clear();
        else _world.Cloud.Roles["vmimport"] = FakeRoles.Import with { Trust = FakeRoles.Import.Trust.Replace("vmie", "ec2", StringComparison.Ordinal) };
        foreach (var target in (string[][])[["ImportImage", $"--file={Disk}"], ["ExportImage", $"--image={Image}"]])
        {
            Run((int)ExitCode.Prerequisites, target[0], target[1], "--bucket=disks");
            Assert.Contains("IB8401", _world.Error, StringComparison.Ordinal);
            Assert.Contains("aws iam", _world.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(_world.Cloud.Calls, c => char.IsUpper(c.Split(' ')[1][0]));
    }

    [Theory]
    [InlineData("IB8410", "ImportImage")]
    [InlineData("IB8411", "ImportImage", "--file=/no/such.vmdk", "--bucket=disks")]
    [InlineData("IB8412", "ImportImage", "--file=/etc/hostname", "--bucket=disks")]
    [InlineData("IB8413", "ImportImage", "--file=/no/such.vmdk", "--bucket=disks", "--boot-mode=bios")]
    [InlineData("IB8420", "ExportImage", "--image=ami-99999999", "--bucket=disks")]
    [InlineData("IB8425", "ExportImage", "--image=ami-99999999")]
    [InlineData("IB8426", "ExportImage", "--image=ami-11111111", "--bucket=disks", "--output=floppy")]
    [InlineData("IB8318", "RunCommand", "--command=true")]
    [InlineData("IB8319", "RunCommand", "--command=true", "--instance=i-99999999")]
    public void What_cannot_be_is_said_before_anything_is_changed(string code, string target, params string[] more)
    {
        Run((int)ExitCode.Usage, target, more);
        Assert.Contains(code, _world.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Cloud.Calls, c => char.IsUpper(c.Split(' ')[1][0]));
    }

    [Fact]
    public void What_the_service_cannot_export_is_told_before_it_is_asked()
    {
        Refused("snapshot is encrypted", () => Stock.Snapshots["snap-1"].Shown = Stock.Snapshots["snap-1"].Shown with { Encrypted = true });
        Stock.Snapshots["snap-1"].Shown = Stock.Snapshots["snap-1"].Shown with { Encrypted = false };
        Refused("Marketplace", () => Stock.Images[Image] = Stock.Images[Image] with { ProductCodes = ["product"] });
        Refused("2 volumes", () => Stock.Images[Image] = Stock.Images[Image] with { ProductCodes = [], Snapshots = ["snap-1", "snap-1"] });
        Refused("belongs to 999988887777", () => Stock.Images[Image] = Stock.Images[Image] with { Owner = "999988887777" });

        void Refused(string why, Action change)
        {
            change();
            Run((int)ExitCode.Usage, "ExportImage", $"--image={Image}", "--bucket=disks");
            Assert.Contains("IB8421", _world.Error, StringComparison.Ordinal);
            Assert.Contains(why, _world.Error, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void An_image_becomes_files_in_formats_that_the_service_does_not_have(bool served)
    {
        using var server = served ? _world.Serve(Region) : null;
        var raw = new byte[3 << 20];
        new Random(1).NextBytes(raw.AsSpan(1 << 20, 70_000));
        var (plain, packed) = (Path.Combine(_world.Folder, "d.raw"), Path.Combine(_world.Folder, "d.vmdk"));
        File.WriteAllBytes(plain, raw);
        Qemu("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", plain, packed);
        Stock.Exported = File.ReadAllBytes(packed);

        Run(0, "ExportImage", $"--image={Image}", "--bucket=disks", "--output=qcow2", "--output=vhdx");

        var folder = Path.Combine(_world.Folder, "artifacts", "exports", Image);
        Assert.Equal(["SHA256SUMS", $"{Image}-1.0.0.qcow2", $"{Image}-1.0.0.vhdx"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var format in (string[])["qcow2", "vhdx"]) Qemu("compare", "-f", "raw", "-F", format, plain, Path.Combine(folder, $"{Image}-1.0.0.{format}"));
        Assert.Empty(Stock.Objects);
        NothingIsOpen();
        server?.Requests.Fit();
    }

    [Fact]
    public void Commands_run_in_an_instance_and_their_exit_code_is_the_programs()
    {
        Stock.Instances["i-1"] = new CloudInstance("i-1", "running", "", Image, "m5.large", default, new Dictionary<string, string>());
        Assert.Equal(0, _world.Run("--target=RunCommand", "--instance=i-1", "--command=echo here"));
        Assert.Equal("here\n", _world.Piped);
        _world.Input = "echo piped; echo wrong >&2; exit 9";
        Assert.Equal(9, _world.Run("--target=RunCommand", "--instance=i-1"));
        Assert.Equal("piped\n", _world.Piped);
        Assert.Contains("wrong", _world.Error, StringComparison.Ordinal);
    }

    private void NothingIsOpen() => Assert.Empty(JournalFile.Runs(Path.Combine(_world.Cache, "imagebuilder", "journal")));

    private void Run(int exit, string target, params string[] more)
    {
        var found = _world.Run([$"--target={target}", .. more]);
        Assert.True(exit == found, $"{found}\n{_world.Shown}");
    }

    private static void Qemu(params string[] arguments)
    {
        using var qemu = Process.Start(new ProcessStartInfo("qemu-img", arguments) { RedirectStandardOutput = true })!;
        var said = qemu.StandardOutput.ReadToEnd();
        qemu.WaitForExit();
        Assert.True(qemu.ExitCode == 0, said);
    }
}
