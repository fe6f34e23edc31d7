using System.Buffers.Binary;
using ImageBuilder.Problems;

namespace ImageBuilder.Formats;

/// <summary>The footer of VHD files, big-endian (Microsoft "Virtual Hard Disk Image Format Specification" 1.0).</summary>
/// <param name="Size">Of the disk in bytes.</param>
/// <param name="Epoch">Unix seconds.</param>
public sealed record VhdFooter(long Size, long Epoch, Guid Id, bool Dynamic)
{
    public const int Length = 512;

    private const long Epoch2000 = 946684800; // the format counts from 2000-01-01

    private const long LargestDisk = 2040L << 30; // sector numbers are 32-bit

    public byte[] ToBytes()
    {
        if (Size > LargestDisk) throw new ProblemException(ExitCode.Usage, new Problem("IB6002",
            $"A disk of {Size >> 30} GiB does not fit a VHD file.", "The format ends at 2040 GiB.",
            "Make `disk: size:` smaller, or write `vhdx` instead of `vhd` in the recipe's outputs."));
        var footer = new byte[Length];
        var span = footer.AsSpan();
        "conectix"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt32BigEndian(span[8..], 2); // reserved, always set
        BinaryPrimitives.WriteUInt32BigEndian(span[12..], 0x0001_0000);
        BinaryPrimitives.WriteUInt64BigEndian(span[16..], Dynamic ? Length : ulong.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(span[24..], (uint)Math.Max(0, Epoch - Epoch2000));

        // The creator decides whether readers believe the size or the geometry, which rounds it: Windows' name means the size.
        "win "u8.CopyTo(span[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(span[32..], 0x000a_0000);
        "Wi2k"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt64BigEndian(span[40..], Size);
        BinaryPrimitives.WriteInt64BigEndian(span[48..], Size);
        WriteGeometry(span[56..]);
        BinaryPrimitives.WriteUInt32BigEndian(span[60..], Dynamic ? 3u : 2u);
        Id.TryWriteBytes(span[68..84], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(span[64..], Checksum(span));
        return footer;
    }

    /// <summary>The ones' complement of the sum of all bytes, taken while the checksum's own field is zero.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        foreach (var value in bytes) sum += value;
        return ~sum;
    }

    // The specification's appendix "CHS Calculation".
    private void WriteGeometry(Span<byte> span)
    {
        var sectors = Math.Min(Size / 512, 65535L * 16 * 255);
        long heads = 16, perTrack = 255;
        if (sectors < 65535L * 16 * 63)
        {
            perTrack = 17;
            heads = Math.Max(4, ((sectors / perTrack) + 1023) / 1024);
            if (sectors / perTrack >= heads * 1024 || heads > 16) (perTrack, heads) = (31, 16);
            if (sectors / perTrack >= heads * 1024) (perTrack, heads) = (63, 16);
        }

        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)(sectors / perTrack / heads));
        span[2] = (byte)heads;
        span[3] = (byte)perTrack;
    }
}
