namespace ImageBuilder.Prerequisites;

/// <summary>Every program and file of the building machine that the library uses.</summary>
public static class HostTools
{
    private static readonly string[] s_trees = ["Base", "Customize", "Disk", "Shell"];

    // The toolkit's own tests read with other programs what ours have written.
    private static readonly string[] s_tests = ["Test"];

    public static IReadOnlyList<HostTool> All { get; } =
    [
        new("bash", "bash", ["Base", "Customize", "Shell"], "run steps"),
        new("unshare", "util-linux", s_trees, "open the sandbox's namespaces"),
        new("mount", "mount", s_trees, "put the sandbox's root together"),
        new("newuidmap", "uidmap", s_tests, "give an ordinary user's sandbox its user ids") { UserStages = s_trees },
        new("newgidmap", "uidmap", s_tests, "give an ordinary user's sandbox its group ids") { UserStages = s_trees },
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
        new("shellcheck", "shellcheck", s_tests, "look for mistakes in scripts"),
        new("sgdisk", "gdisk", s_tests, "look for mistakes in partition tables"),
        new("/usr/lib/python3/dist-packages/botocore/data/ram/2018-01-04/service-2.json", "python3-botocore", s_tests, "compare requests with the models of AWS's services"),
        new("fsverity", "fsverity", s_tests, "calculate a disk's digest by itself"),
        new("7z", "p7zip-full", s_tests, "read disks of all formats"),
        new("vmdkinfo", "libvmdk-utils", s_tests, "read VMDK files"),
        new("vhdiinfo", "libvhdi-utils", s_tests, "read VHD and VHDX files"),
        new("virt-v2v", "virt-v2v", s_tests, "read OVA files"),
        new("gpg", "gpg", s_tests, "sign package repositories"),
    ];
}
