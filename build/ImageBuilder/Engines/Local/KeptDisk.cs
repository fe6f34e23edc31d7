using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>The disk of a virtual machine in which a test failed, as it is then, and how to boot it again.</summary>
internal sealed class KeptDisk(BuildRun run)
{
    private const string DropIn = "/etc/systemd/system/serial-getty@ttyS0.service.d";

    // An image has no password to log in with.
    private const string LogIn = """
        [Service]
        ExecStart=
        ExecStart=-/sbin/agetty --autologin root --keep-baud 115200,57600,38400,9600 - $TERM

        """;

    /// <summary>Ends the machine and keeps its disk, where that is wished.</summary>
    public async Task KeepAsync(VirtualMachine machine, string firmware, CancellationToken cancel)
    {
        if (run.Wishes.OnError == OnError.Clean) return;
        if (run.Wishes.OnError == OnError.Shell)
            run.Report.Write(new ProblemFound(new Problem("IB5507", $"No shell can be opened in the virtual machine ({firmware}).",
                "Its console is a log, and its other line is busy with the tests.", "Boot the disk that is kept instead, as is said below.", Severity: Severity.Warning)));
        var folder = Directory.CreateDirectory(
            Path.Combine(run.Settings.Cache, "kept", $"{run.Plan.Recipe}-{firmware}-{Guid.NewGuid().ToString("N")[..12]}")).FullName;
        var kept = await machine.KeepAsync(folder, cancel);
        await PrepareAsync(kept.Disk, folder, cancel);
        foreach (var line in (string[])
        [
            $"Kept: the disk as the tests left it ({firmware}) is {kept.Disk}",
            $"  boot it:   {QemuCommand.ByHand(kept)}   (root is logged in; Ctrl-A X ends it)",
            $"  remove it: rm -r {ShellText.Quote(folder)}   (--target=Clean does it too)",
        ])
            run.Report.Write(new Noted(line));
    }

    // The machine was not shut down: what its journal holds must be written before anything else is.
    private async Task PrepareAsync(string disk, string folder, CancellationToken cancel)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{disk}?offset={DiskLayout.RootOffset}");
        await run.Programs.RunAsync(new Command("e2fsck", "-f", "-y", place), cancel);
        var text = Path.Combine(folder, "login.conf");
        await File.WriteAllTextAsync(text, LogIn, cancel);
        var commands = $"""
            rm /etc/systemd/system/multi-user.target.wants/{AgentUnit.Name}
            mkdir {DropIn}
            write "{text}" {DropIn}/imagebuilder.conf

            """;
        await run.Programs.RunAsync(new Command("debugfs", "-w", "-f", "-", place) { Input = commands }, cancel);
        File.Delete(text);
    }
}
