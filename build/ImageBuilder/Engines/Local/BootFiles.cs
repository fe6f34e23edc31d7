namespace ImageBuilder.Engines.Local;

/// <summary>A file that the engine puts into an image.</summary>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="Mode">Permission bits.</param>
public sealed record BootFile(string Path, string Content, int Mode = 0b110_100_100);

/// <summary>The files that make a tree boot from the disk made of it, and grow on a larger one. Nothing but systemd is needed inside.</summary>
public static class BootFiles
{
    /// <summary>What depends on the disk's identifiers. Belongs into the tree before the disk is made.</summary>
    public static IReadOnlyList<BootFile> Of(DiskIds ids) =>
    [
        new("etc/fstab", $"""
            # The root file system grows to the size of its partition, and systemd-repart (/etc/repart.d) grows that to the size of the disk.
            UUID={ids.Root} / ext4 rw,relatime,errors=remount-ro,x-systemd.growfs 0 1
            # Holds nothing but the boot loader; it is mounted when somebody wants to change that.
            UUID={ids.EspUuid} /boot/efi vfat umask=0077,noauto 0 0

            """),
        new("etc/repart.d/50-root.conf", """
            # The root partition takes all the room of a larger disk.
            [Partition]
            Type=root

            """),
        new("boot/grub/grub.cfg", $$"""
            # For BIOS and UEFI alike. /vmlinuz and /initrd.img always point to the newest kernel: the kernel's package sees to that.
            set timeout=0
            set default=0
            set fallback=1
            if serial --unit=0 --speed=115200; then
                terminal_input serial console
                terminal_output serial console
            fi
            menuentry 'Linux' {
                linux /vmlinuz {{KernelOptions(ids)}}
                initrd /initrd.img
            }
            menuentry 'Linux, previous kernel' {
                linux /vmlinuz.old {{KernelOptions(ids)}}
                initrd /initrd.img.old
            }

            """),
    ];

    /// <summary>Folders that must exist.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["boot/efi"];

    /// <summary>
    /// Run in the tree by bash after the initramfs was made: sets the links to the newest kernel where the bootstrap has not. A tree without a
    /// kernel stays without links: the boot test tells.
    /// </summary>
    public const string LinkKernel = """
        newest=$(cd /boot && ls -v | sed -n 's/^vmlinuz-//p' | tail -n 1)
        if [ -n "$newest" ]; then
            ln -sfn "boot/vmlinuz-$newest" /vmlinuz
            ln -sfn "boot/initrd.img-$newest" /initrd.img
        fi

        """;

    // The last console is the one that /dev/console means; a machine without a serial port falls back to the screen.
    private static string KernelOptions(DiskIds ids) => $"root=UUID={ids.Root} ro console=tty0 console=ttyS0,115200n8";
}
