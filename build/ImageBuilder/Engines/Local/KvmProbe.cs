using ImageBuilder.Contracts;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Finds out whether the processor runs virtual machines: a device file alone says little. The modules for hardware virtualisation must be
/// there, and a boot sector of ours must really run.
/// </summary>
public sealed class KvmProbe : IHostCheck
{
    private const string Device = "/dev/kvm";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    // mov dx, 0x3f8; mov al, 'K'; out dx, al; mov dx, 0xf4; out dx, al (ends QEMU); hlt; and the signature of a boot sector.
    private static readonly byte[] s_sector = [0xba, 0xf8, 0x03, 0xb0, (byte)'K', 0xee, 0xba, 0xf4, 0x00, 0xee, 0xf4, .. new byte[499], 0x55, 0xaa];

    /// <summary>True where machines run fast.</summary>
    public static async Task<bool> WorksAsync(IProgramRunner programs, CancellationToken cancel) => await WhyNotAsync(programs, cancel) is null;

    public async Task<IReadOnlyList<HostFinding>> CheckAsync(IProgramRunner programs, CancellationToken cancel) =>
        await WhyNotAsync(programs, cancel) is { } why
            ? [new HostFinding("KVM", HostAbility.Limited, $"{why}; boot tests emulate the processor, which takes them about half a minute")]
            : [new HostFinding("KVM", HostAbility.Present, "works")];

    private static async Task<string?> WhyNotAsync(IProgramRunner programs, CancellationToken cancel)
    {
        if (!File.Exists(Device)) return $"{Device} is not there";
        // Software look-alikes (kvm_pvm) have the device, but kernels that do not know of them crawl or crash.
        if (!Directory.Exists("/sys/module/kvm_intel") && !Directory.Exists("/sys/module/kvm_amd")) return "no module for this processor's virtualisation";
        if (programs.Find("qemu-system-x86_64") is null) return "not tried without qemu-system-x86_64";
        var sector = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(sector, s_sector, cancel);
            var run = await programs.RunAsync(new Command("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-accel", "kvm",
                "-cpu", "host", "-m", "32", "-drive", $"if=ide,format=raw,readonly=on,file={sector}", "-serial", "stdio",
                "-device", "isa-debug-exit,iobase=0xf4")
            { TimeOut = s_limit }, cancel);
            return run.Output.Contains('K', StringComparison.Ordinal) ? null : $"a machine started with it did not run: {run.Error.Trim()}";
        }
        finally
        {
            File.Delete(sector);
        }
    }
}
