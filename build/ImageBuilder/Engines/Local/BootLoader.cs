using System.Buffers.Binary;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>GRUB for BIOS and UEFI: made by grub-mkimage, put into place without a device, as grub-install would.</summary>
public sealed class BootLoader(IProgramRunner programs)
{
    // All that boots a kernel from ext4 on a GPT disk; more is loaded by nobody, since no modules lie in the image.
    private static readonly string[] s_modules =
    [
        "part_gpt", "ext2", "fat", "normal", "configfile", "search", "search_fs_uuid", "linux", "echo", "test", "all_video", "serial", "terminal",
        "sleep", "halt", "reboot", "gzio", "zstd", "ls", "cat",
    ];

    private const string Folder = "/usr/lib/grub";

    // What lies on the disk's first sector before the partition table of old.
    private const int BootCode = 440;

    /// <summary>Finds the root file system wherever the disk is, and goes on with the configuration that lies in it.</summary>
    public static string EarlyConfiguration(DiskIds ids) => $"""
        search.fs_uuid {ids.Root} root
        set prefix=($root)/boot/grub
        configfile ($root)/boot/grub/grub.cfg

        """;

    /// <summary>The command that makes a core image.</summary>
    /// <param name="platform"><c>i386-pc</c> or <c>x86_64-efi</c>.</param>
    public static Command Image(string platform, string configuration, string output) => new("grub-mkimage",
        ["-O", platform, "-d", $"{Folder}/{platform}", "-c", configuration, "-p", "/boot/grub", "-o", output, .. s_modules,
            .. platform == "i386-pc" ? ["biosdisk"] : (string[])["efi_gop", "efi_uga"]]);

    /// <summary>Makes the core image for BIOS and writes it, and the boot sector that loads it, into the disk. The partition table must be there.</summary>
    public async Task EmbedBiosAsync(string disk, string folder, DiskIds ids, CancellationToken cancel)
    {
        var path = Path.Combine(folder, "core.img");
        await MakeAsync("i386-pc", ids, path, cancel);
        var boot = await ReadAsync($"{Folder}/i386-pc/boot.img", cancel);
        var core = await ReadAsync(path, cancel);
        var (sector, embedded) = Embedded(boot, core);
        using var file = File.OpenHandle(disk, FileMode.Open, FileAccess.Write);
        await RandomAccess.WriteAsync(file, sector, 0, cancel);
        await RandomAccess.WriteAsync(file, embedded, DiskLayout.BiosStart * DiskLayout.SectorSize, cancel);
    }

    /// <summary>Makes the FAT of the EFI system partition, with the loader under the name that firmware looks for on any disk.</summary>
    public async Task MakeEspAsync(string disk, string folder, DiskIds ids, long epoch, CancellationToken cancel)
    {
        var path = Path.Combine(folder, "BOOTX64.EFI");
        await MakeAsync("x86_64-efi", ids, path, cancel);
        File.SetLastWriteTimeUtc(path, FatTime(epoch).UtcDateTime);
        foreach (var command in EspCommands(disk, path, ids, FatTime(epoch).ToUnixTimeSeconds()))
            (await programs.RunAsync(command, cancel)).OrThrow("The EFI system partition could not be made.");
    }

    internal static IEnumerable<Command> EspCommands(string disk, string loader, DiskIds ids, long epoch)
    {
        var environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = $"{epoch}", ["MTOOLS_SKIP_CHECK"] = "1" };
        var at = $"{disk}@@{DiskLayout.EspOffset}";
        yield return new Command("mkfs.vfat", "-F", "32", "-s", "1", "-i", $"{ids.EspSerial:X8}", "-n", "ESP", "--invariant",
            "--offset", $"{DiskLayout.EspStart}", disk, $"{DiskLayout.EspSectors / 2}")
        { Environment = environment };
        yield return new Command("mmd", "-i", at, "::EFI", "::EFI/BOOT") { Environment = environment };
        yield return new Command("mcopy", "-m", "-i", at, loader, "::EFI/BOOT/BOOTX64.EFI") { Environment = environment };
    }

    /// <summary>
    /// The first bytes of the disk and the core image, each told where the rest is. Offsets are those of GRUB's boot.S and diskboot.S.
    /// </summary>
    internal static (byte[] BootCode, byte[] Core) Embedded(ReadOnlySpan<byte> boot, ReadOnlySpan<byte> core)
    {
        var sectors = (core.Length + DiskLayout.SectorSize - 1) / DiskLayout.SectorSize;
        if (sectors > DiskLayout.BiosSectors) throw new ArgumentException($"GRUB's core image of {core.Length} bytes is larger than its partition.");
        var sector = boot[..BootCode].ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(0x5c), DiskLayout.BiosStart);
        sector[0x64] = 0xff; // the drive that the BIOS started from
        sector.AsSpan(0x66, 2).Fill(0x90); // no jump to the check for old BIOSes' floppy numbers
        var padded = new byte[sectors * DiskLayout.SectorSize];
        core.CopyTo(padded);
        // The only entry of diskboot's list of blocks: where the second sector lies, how many follow, and the segment they are loaded to.
        BinaryPrimitives.WriteInt64LittleEndian(padded.AsSpan(500), DiskLayout.BiosStart + 1);
        BinaryPrimitives.WriteUInt16LittleEndian(padded.AsSpan(508), (ushort)(sectors - 1));
        BinaryPrimitives.WriteUInt16LittleEndian(padded.AsSpan(510), 0x820);
        return (sector, padded);
    }

    private async Task MakeAsync(string platform, DiskIds ids, string output, CancellationToken cancel)
    {
        var configuration = $"{output}.cfg";
        await File.WriteAllTextAsync(configuration, EarlyConfiguration(ids), cancel);
        (await programs.RunAsync(Image(platform, configuration, output), cancel)).OrThrow("The boot loader could not be made.");
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel);
        }
        catch (IOException e)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB5003", $"The boot loader's file `{path}` cannot be read.", e.Message,
                "Run `./build.sh --target=Doctor`: it names the package to install."), e);
        }
    }

    // FAT counts from 1980 on.
    private static DateTimeOffset FatTime(long epoch)
    {
        var first = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var time = DateTimeOffset.FromUnixTimeSeconds(epoch);
        return time < first ? first : time;
    }
}
