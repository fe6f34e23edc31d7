namespace ImageBuilder.Prerequisites;

/// <summary>Every program and file of the building machine that the library uses.</summary>
public static class HostTools
{
    private static readonly string[] s_trees = ["Base", "Customize", "Disk", "Shell"];

    public static IReadOnlyList<HostTool> All { get; } =
    [
        new("bash", "bash", ["Base", "Customize", "Shell"], "run steps"),
        new("unshare", "util-linux", s_trees, "open the sandbox's namespaces"),
        new("mount", "mount", s_trees, "put the sandbox's root together"),
        new("newuidmap", "uidmap", s_trees, "give an ordinary user's sandbox its user ids") { UsersOnly = true },
        new("newgidmap", "uidmap", s_trees, "give an ordinary user's sandbox its group ids") { UsersOnly = true },
        new("script", "bsdutils", ["Shell"], "join a shell in a root with your terminal"),
        new("nsenter", "util-linux", ["Shell"], "open a shell in a container"),
        new("apt-get", "apt", ["Base"], "read the package sources of this machine") { ShapesImage = true },
        new("mmdebstrap", "mmdebstrap", ["Base"], "make the parent image from packages") { ShapesImage = true },
        new("/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring", ["Base"], "check Debian's packages")
            { Distribution = "debian" },
        new("/usr/share/keyrings/ubuntu-archive-keyring.gpg", "ubuntu-keyring", ["Base"], "check Ubuntu's packages")
            { Distribution = "ubuntu" },
        new("sfdisk", "fdisk", ["Disk"], "write the partition table") { ShapesImage = true },
        new("mke2fs", "e2fsprogs", ["Disk"], "make the root file system") { ShapesImage = true },
        new("debugfs", "e2fsprogs", ["Disk", "TestImage"], "change files in a file system without mounting it"),
        new("e2fsck", "e2fsprogs", ["TestImage"], "mend the file system of a disk that is kept"),
        new("mkfs.vfat", "dosfstools", ["Disk"], "make the EFI system partition") { ShapesImage = true },
        new("mcopy", "mtools", ["Disk"], "put files into the EFI system partition") { ShapesImage = true },
        new("grub-mkimage", "grub-common", ["Disk"], "make the boot loader's core") { ShapesImage = true },
        new("/usr/lib/grub/i386-pc/boot.img", "grub-pc-bin", ["Disk"], "boot with BIOS firmware") { ShapesImage = true },
        new("/usr/lib/grub/x86_64-efi/modinfo.sh", "grub-efi-amd64-bin", ["Disk"], "boot with UEFI firmware") { ShapesImage = true },
        new("setsid", "util-linux", ["TestImage"], "keep virtual machines apart from the terminal"),
        new("qemu-system-x86_64", "qemu-system-x86", ["TestImage"], "boot the image for its tests"),
        new("/usr/share/OVMF/OVMF_CODE_4M.fd", "ovmf", ["TestImage"], "boot the image with UEFI firmware")
            { OrAt = ["/usr/share/OVMF/OVMF_CODE.fd"] },
        new("qemu-img", "qemu-utils", ["Export"], "read every artifact back and compare it with the disk"),
    ];
}
