using System.Security.Cryptography;
using System.Text;

namespace ImageBuilder.Engines.Local;

/// <summary>Every identifier on a disk. All follow from the plan's digest for the disk: two builds of one disk agree, two disks never do.</summary>
/// <param name="Root">UUID of the root file system, by which boot loader and fstab find it.</param>
/// <param name="Hash">Seed of the root file system's directory hashes.</param>
/// <param name="EspSerial">Serial number of the EFI system partition's FAT, its "UUID".</param>
public sealed record DiskIds(Guid Disk, Guid BiosPartition, Guid EspPartition, Guid RootPartition, Guid Root, Guid Hash, uint EspSerial)
{
    /// <summary>The FAT serial as udev and fstab write it.</summary>
    public string EspUuid => $"{EspSerial >> 16:X4}-{EspSerial & 0xffff:X4}";

    public static DiskIds From(string digest) => new(Id(digest, "disk"), Id(digest, "bios"), Id(digest, "esp"),
        Id(digest, "root"), Id(digest, "file system"), Id(digest, "hash"), Serial(digest));

    // RFC 9562, section 5.8: version 8 leaves all other bits to the maker.
    private static Guid Id(string digest, string of)
    {
        var bytes = Digest(digest, of)[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static uint Serial(string digest) => BitConverter.ToUInt32(Digest(digest, "fat"));

    private static byte[] Digest(string digest, string of) => SHA256.HashData(Encoding.UTF8.GetBytes($"{digest} {of}"));
}
