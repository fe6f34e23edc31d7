using System.Buffers.Binary;
using System.Numerics;

namespace ImageBuilder.FileSystems;

/// <summary>Numbers and sums as ext4 keeps them: little endian, and CRC32C without the inversion at the end.</summary>
internal static class Ext4Bytes
{
    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    public static void Put16(Span<byte> bytes, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], (ushort)value);

    public static void Put32(Span<byte> bytes, int at, long value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], (uint)value);

    /// <summary>A number of which the upper half stands elsewhere.</summary>
    public static long Both16(ReadOnlySpan<byte> bytes, int low, int high) => U16(bytes, low) | ((long)U16(bytes, high) << 16);

    /// <inheritdoc cref="Both16"/>
    public static long Both32(ReadOnlySpan<byte> bytes, int low, int high) => U32(bytes, low) | ((long)U32(bytes, high) << 32);

    public static void PutBoth16(Span<byte> bytes, int low, int high, long value)
    {
        Put16(bytes, low, (int)(value & 0xffff));
        Put16(bytes, high, (int)(value >> 16));
    }

    public static void PutBoth32(Span<byte> bytes, int low, int high, long value)
    {
        Put32(bytes, low, value & 0xffffffff);
        Put32(bytes, high, value >> 32);
    }

    /// <summary>Castagnoli's sum, going on from <paramref name="sum"/>.</summary>
    public static uint Crc32C(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) sum = BitOperations.Crc32C(sum, one);
        return sum;
    }

    /// <summary>What sums over an inode, its folder blocks and its extents go on from: every generation here is 0.</summary>
    public static uint InodeSeed(uint seed, uint inode) => BitOperations.Crc32C(BitOperations.Crc32C(seed, inode), 0u);
}
