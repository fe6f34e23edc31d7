using System.Globalization;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>A virtual machine as QEMU is told of it.</summary>
/// <param name="Disk">Raw disk; the machine writes to it.</param>
/// <param name="Console">File that gets what the first serial port says.</param>
/// <param name="Agent">UNIX socket that is made for the second serial port.</param>
public sealed record MachinePlan(string Disk, string Console, string Agent)
{
    /// <summary>UEFI firmware with its variables, which the machine writes to; null starts the BIOS.</summary>
    public (string Code, string Variables)? Uefi { get; init; }

    /// <summary>Raw file that the machine sees as a disk it cannot write, with the serial <see cref="BoxSerial"/>; null: no such disk.</summary>
    public string? Box { get; init; }

    /// <summary>By it agent.sh finds the box among the disks.</summary>
    public const string BoxSerial = "imagebuilder";

    /// <summary>True where the processor runs the machine itself; false emulates it.</summary>
    public bool Accelerated { get; init; }

    public int MemoryMiB { get; init; } = 1024;

    /// <summary>
    /// One where it is emulated: QEMU's emulation of several now and then runs half of an instruction that the kernel is just patching,
    /// which ends in a panic (`Oops: int3`) that says nothing about the image.
    /// </summary>
    public int Processors => Accelerated ? 2 : 1;
}

/// <summary>QEMU's command line, as a pure function of the machine.</summary>
public static class QemuCommand
{
    public static Command Of(MachinePlan machine) => new("qemu-system-x86_64",
    [
        "-nodefaults", "-no-user-config", "-display", "none", .. Hardware(machine),
        "-serial", $"file:{machine.Console}",
        "-chardev", $"socket,id=agent,server=on,wait=off,path={Path(machine.Agent)}", "-serial", "chardev:agent",
    ]);

    /// <summary>The same machine for somebody at a terminal, which is its first serial port.</summary>
    public static Command ByHand(MachinePlan machine) =>
        new("qemu-system-x86_64", ["-nodefaults", "-no-user-config", "-nographic", .. Hardware(machine), "-serial", "mon:stdio"]);

    private static IEnumerable<string> Hardware(MachinePlan machine) =>
    [
        "-machine", "q35",
        // The plainest processor is the fastest to emulate: 20 to 30 % less time than with everything that QEMU knows.
        .. machine.Accelerated ? ["-accel", "kvm", "-cpu", "host"] : (string[])["-accel", "tcg", "-cpu", "qemu64"],
        "-smp", Text(machine.Processors), "-m", Text(machine.MemoryMiB),
        .. machine.Uefi is var (code, variables)
            ? [
                "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Path(code)}",
                "-drive", $"if=pflash,unit=1,format=raw,file={Path(variables)}",
            ]
            : (string[])[],
        // A throw-away copy: nothing is lost when writes never reach the disk.
        "-drive", $"if=none,id=disk,format=raw,cache=unsafe,file={Path(machine.Disk)}", "-device", "virtio-blk-pci,drive=disk",
        .. machine.Box is { } box
            ? ["-drive", $"if=none,id=box,format=raw,readonly=on,file={Path(box)}", "-device", $"virtio-blk-pci,drive=box,serial={MachinePlan.BoxSerial}"]
            : (string[])[],
        // An address by DHCP, so that the image's network comes up, and no way out.
        "-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net,romfile=",
        "-device", "virtio-rng-pci",
    ];

    // QEMU reads options as lists with commas.
    private static string Path(string path) => path.Replace(",", ",,", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
