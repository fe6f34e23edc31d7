using ImageBuilder.Engines.Local;

namespace ImageBuilder.Tests.Boot;

/// <summary>Consoles as real machines wrote them (the ends of their logs), and what is seen in them.</summary>
public sealed class BootConsoleTests : IDisposable
{
    private const string Login = "[\e[0;32m  OK  \e[0m] Reached target \e[0;1;39mgetty.target\e[0m - Login Prompts.\r\r\n[   36.177695] kvm: Nested Virtualization enabled\r\n"
        + "[\e[0;32m  OK  \e[0m] Started \e[0;1;39msystemd-logind.service\e[0m - User Login Management.\r\r\n         Starting \e[0;1;39msystemd-update-ut…"
        + " Record Runlevel Change in UTMP...\r\r\n[\e[0;32m  OK  \e[0m] Finished \e[0;1;39msystemd-update-ut… - Record Runlevel Change in UTMP.\r\r\n"
        + "\r\r\nDebian GNU/Linux 12 faulty ttyS0\r\n\r\nfaulty login: ";

    private const string NoKernel = "\e[H\e[J\e[1;1H\e[H\e[J\e[1;1H  Booting `Linux'\n\r\n\rerror: file `/vmlinuz' not found.\n\rerror: you need to load the kernel first.\n\r"
        + "\n\rPress any key to continue...\n\r\n\r   Falling back to `Linux, previous kernel'\n\r\n\rerror: file `/vmlinuz.old' not found.\n\rerror: you need t";

    private const string NoKernelUefi = "\e[0m\e[37m\e[40m\e[H\e[J\e[1;1H\e[0m\e[37m\e[40m    Booting `Linux'Booting `Linux'\n\r\n\r\n\rerror: file `/vmlinuz' not found.\n\r"
        + "error: file `/vmlinuz' not found.\n\r\n\r\n\rPress any key to continue...Press any key to continue...\n\r";

    private const string Panic = "[    3.190289] Please append a correct \"root=\" boot option; here are the available partitions:\r\n"
        + "[    3.190676] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n"
        + "[    3.190989] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-56-cloud-amd64 #1  Debian 6.1.192-2\r\n[    3.191569] Call Trace:\r\n"
        + "[    3.198239] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---\r\n";

    private const string NoRoot = "Begin: Running /scripts/local-block ... done.\r\ndone.\r\nGave up waiting for root file system device.  Common problems:\r\n"
        + " - Boot args (cat /proc/cmdline)\r\n - Missing modules (cat /proc/modules; ls /dev)\r\n"
        + "ALERT!  UUID=11111111-2222-3333-4444-555555555555 does not exist.  Dropping to a shell!\r\n(initramfs) ";

    private const string Emergency = "[   35.925176] ACPI: button: Power Button [PWRF]\r\nYou are in emergency mode. After logging in, type \"journalctl -xb\" to view\r\n"
        + "system logs, \"systemctl reboot\" to reboot, \"systemctl default\" or \"exit\"\r\n[   40.355811] virtio_net virtio1 enp0s2: renamed from eth0\r\n"
        + "to boot into default mode.\r\n\r\nCannot open access to console, the root account is locked.\r\n";

    private static readonly BootLimits s_limits = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));

    private readonly string _log = Path.GetTempFileName();
    private readonly List<string> _progress = [];

    public void Dispose() => File.Delete(_log);

    [Fact]
    public async Task The_login_prompt_ends_the_wait()
    {
        Assert.Null((await WaitAsync(Login)).Why);
        Assert.Null((await WaitAsync(BootConsole.Plain(Login))).Why);
    }

    [Fact]
    public async Task The_prompt_of_an_earlier_boot_is_none()
    {
        var cancel = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_log, Login, cancel);
        var console = new BootConsole(_log, TimeProvider.System, _progress.Add) { From = new FileInfo(_log).Length };
        await File.AppendAllTextAsync(_log, "\r\n" + Panic, cancel);
        var end = await console.WaitForLoginAsync(s_limits, Task.Delay(Timeout.Infinite, cancel), cancel);
        Assert.Contains("Kernel panic", end.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_talks_into_the_login_prompt_does_not_hide_it() =>
        Assert.Null((await WaitAsync("\r\nfaulty login: [   42.408598] kvm: Nested Virtualization enabled\r\n")).Why);

    [Fact]
    public async Task Talk_of_a_login_is_no_prompt()
    {
        var end = await WaitAsync(Login[..^"faulty login: ".Length], s_limits with { Silence = TimeSpan.FromSeconds(0.3) });
        Assert.NotNull(end.Why);
    }

    [Theory]
    [InlineData(NoKernel, "error: file `/vmlinuz' not found. error: you need to load the kernel first. Press any key to continue...")]
    [InlineData(NoKernelUefi, "error: file `/vmlinuz' not found. error: file `/vmlinuz' not found. Press any key to continue...")]
    [InlineData(Panic, "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)")]
    [InlineData(NoRoot, "ALERT! UUID=11111111-2222-3333-4444-555555555555 does not exist. Dropping to a shell!")]
    [InlineData("\r\n(initramfs) ", "(initramfs)")]
    [InlineData("\r\ngrub rescue> ", "grub rescue>")]
    [InlineData(Emergency, "You are in emergency mode")]
    public async Task What_waits_for_a_person_ends_the_wait_with_its_own_words(string text, string words)
    {
        var end = await WaitAsync(text);
        Assert.Equal($"The boot ended at `{words}`.", end.Why);
    }

    [Fact]
    public async Task Errors_that_the_boot_loader_goes_on_after_do_not_end_the_wait() =>
        Assert.Null((await WaitAsync("\n\rerror: no suitable video mode found.\n\rBooting in blind mode\r\n" + Login)).Why);

    [Fact]
    public async Task Silence_ends_the_wait()
    {
        var end = await WaitAsync("[    0.000000] Linux version 6.1.0\r\n", s_limits with { Silence = TimeSpan.FromSeconds(0.3) });
        Assert.Equal("The console has been silent for 0.3 s.", end.Why);
        Assert.InRange(end.Time, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_console_that_talks_without_end_is_not_listened_to_for_ever()
    {
        var console = new BootConsole(_log, TimeProvider.System, _progress.Add);
        using var stop = new CancellationTokenSource();
        var talking = TalkAsync(stop.Token);

        var end = await console.WaitForLoginAsync(new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(2.5)), Task.Delay(-1, stop.Token), Cancel);

        await stop.CancelAsync();
        await talking;
        Assert.Equal("There was no login prompt within 2.5 s.", end.Why);
        Assert.Contains(_progress, line => line.StartsWith("still here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_that_is_gone_is_told_from_a_silent_one()
    {
        await File.WriteAllTextAsync(_log, "BdsDxe: starting Boot0001\r\n", Cancel);
        var console = new BootConsole(_log, TimeProvider.System, _progress.Add);

        var end = await console.WaitForLoginAsync(s_limits, Task.CompletedTask, Cancel);

        Assert.Equal("The virtual machine ended.", end.Why);
        Assert.Equal(["BdsDxe: starting Boot0001"], console.LastLines(20));
    }

    [Fact]
    public async Task What_a_machine_said_last_is_read_before_its_end_is_told()
    {
        await File.WriteAllTextAsync(_log, "faulty login: ", Cancel);
        var end = await new BootConsole(_log, TimeProvider.System, _progress.Add).WaitForLoginAsync(s_limits, Task.CompletedTask, Cancel);
        Assert.Null(end.Why);
    }

    [Fact]
    public async Task Stopping_the_build_ends_the_wait()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));
        var console = new BootConsole(_log, TimeProvider.System, _progress.Add);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => console.WaitForLoginAsync(s_limits, Task.Delay(-1, Cancel), stop.Token));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<BootEnd> WaitAsync(string text, BootLimits? limits = null)
    {
        await File.WriteAllTextAsync(_log, text, Cancel);
        using var running = new CancellationTokenSource();
        var end = await new BootConsole(_log, TimeProvider.System, _progress.Add)
            .WaitForLoginAsync(limits ?? s_limits, Task.Delay(-1, running.Token), Cancel);
        await running.CancelAsync();
        return end;
    }

    private async Task TalkAsync(CancellationToken stop)
    {
        await using var log = new StreamWriter(new FileStream(_log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            await log.WriteAsync($"still here {i}\r\n");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
