using System.Globalization;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Where things lie on a disk: one layout for BIOS and UEFI. The root file system comes last, so that it can grow with the disk.
/// </summary>
/// <param name="Size">Bytes, a multiple of 1 MiB.</param>
public sealed record DiskLayout(long Size)
{
    public const int SectorSize = 512;

    /// <summary>GRUB's core image for BIOS: 1 MiB, after the usual 1 MiB of alignment.</summary>
    public const long BiosStart = 2048;
    public const long BiosSectors = 2048;

    /// <summary>48 MiB: FAT32 needs 65525 clusters at least, here of one sector each.</summary>
    public const long EspStart = BiosStart + BiosSectors;
    public const long EspSectors = 48 * 2048;

    public const long RootStart = EspStart + EspSectors;

    public const int BlockSize = 4096;

    // The second partition table: 32 sectors of entries and its header.
    private const long BackupSectors = 33;

    public const long RootOffset = RootStart * SectorSize;

    public const long EspOffset = EspStart * SectorSize;

    /// <summary>Whole blocks of the root file system: all there are, so that systemd-repart has nothing to do on a disk of this size.</summary>
    public long RootBlocks => (Size / SectorSize - BackupSectors - RootStart) * SectorSize / BlockSize;

    /// <summary>Input of sfdisk.</summary>
    public string PartitionTable(DiskIds ids)
    {
        return string.Create(CultureInfo.InvariantCulture, $"""
            label: gpt
            label-id: {Upper(ids.Disk)}
            first-lba: 2048
            sector-size: {SectorSize}
            start={BiosStart}, size={BiosSectors}, type=21686148-6449-6E6F-744E-656564454649, uuid={Upper(ids.BiosPartition)}, name="bios"
            start={EspStart}, size={EspSectors}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid={Upper(ids.EspPartition)}, name="esp"
            start={RootStart}, size={RootSectors}, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid={Upper(ids.RootPartition)}, name="root"

            """);
        static string Upper(Guid id) => id.ToString().ToUpperInvariant();
    }

    /// <summary>More content than this certainly finds no room; what is just below is for mke2fs to say.</summary>
    public long ContentBlocks => RootBlocks - RootBlocks / 64 - JournalBlocks(RootBlocks);

    /// <summary>The size of a disk that holds so much, with a tenth to spare: a multiple of 64 MiB.</summary>
    public static long SizeFor(long contentBlocks, long inodes)
    {
        const long step = 64 << 20;
        var blocks = contentBlocks + contentBlocks / 10 + inodes / 12 + 2048;
        blocks += blocks / 64 + JournalBlocks(blocks);
        return (RootOffset + blocks * BlockSize + step) / step * step;
    }

    // As mke2fs chooses it.
    private static long JournalBlocks(long blocks) => blocks switch
    {
        < 32768 => 1024,
        < 256 * 1024 => 4096,
        < 512 * 1024 => 8192,
        < 4096 * 1024 => 16384,
        < 8192 * 1024 => 32768,
        < 16384 * 1024 => 65536,
        < 32768 * 1024 => 131072,
        _ => 262144,
    };

    private long RootSectors => RootBlocks * BlockSize / SectorSize;
}
