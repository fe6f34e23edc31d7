using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Mends the times of a finished ext4 file system: mke2fs notes when it ran in every inode. Offsets are those of the kernel's
/// Documentation/filesystems/ext4 (super, group_descr, inodes, checksums).
/// </summary>
public static class Ext4Times
{
    private const int SuperBlockOffset = 1024;
    private const uint MetadataChecksums = 0x400;

    /// <summary>Sets change, access and creation time of every inode to the epoch, and no modification time stays later than it.</summary>
    /// <param name="offset">Where the file system begins in the file.</param>
    /// <returns>How many inodes are in use.</returns>
    public static int Mend(SafeFileHandle file, long offset, long epoch)
    {
        Span<byte> super = stackalloc byte[1024];
        Read(file, super, offset + SuperBlockOffset);
        if (U16(super, 0x38) != 0xef53) throw new InvalidDataException($"There is no ext4 file system at byte {offset}.");
        var blockSize = 1024 << (int)U32(super, 0x18);
        var (perGroup, inodeSize, blocksPerGroup) = ((int)U32(super, 0x28), U16(super, 0x58), U32(super, 0x20));
        var blocks = U32(super, 0x04) | ((long)U32(super, 0x150) << 32);
        int descriptorSize = (U32(super, 0x60) & 0x80) != 0 ? U16(super, 0xfe) : 32;
        uint? seed = (U32(super, 0x64) & MetadataChecksums) != 0 ? Crc32C(~0u, super.Slice(0x68, 16)) : null;
        var groups = (int)((blocks + blocksPerGroup - 1) / blocksPerGroup);
        var descriptors = new byte[groups * descriptorSize];
        Read(file, descriptors, offset + (blockSize == 1024 ? 2048 : blockSize));
        var table = new byte[perGroup * inodeSize];
        var count = 0;
        for (var group = 0; group < groups; group++)
        {
            var descriptor = descriptors.AsSpan(group * descriptorSize, descriptorSize);
            var wide = descriptorSize > 32;
            var start = U32(descriptor, 0x08) | (wide ? (long)U32(descriptor, 0x28) << 32 : 0);
            var unused = U16(descriptor, 0x1c) | (wide ? U16(descriptor, 0x32) << 16 : 0);
            var used = table.AsSpan(0, (perGroup - unused) * inodeSize);
            if (used.Length == 0) continue;
            Read(file, used, offset + start * blockSize);
            for (var i = 0; i < perGroup - unused; i++)
                if (MendInode(used.Slice(i * inodeSize, inodeSize), (uint)(group * perGroup + i + 1), epoch, seed)) count++;
            RandomAccess.Write(file, used, offset + start * blockSize);
        }

        return count;
    }

    private static bool MendInode(Span<byte> inode, uint number, long epoch, uint? seed)
    {
        var (mode, links) = (U16(inode, 0x00), U16(inode, 0x1a));
        if (mode == 0 || links == 0) return false;
        Put(inode, 0x08, 0x8c, epoch); // access
        Put(inode, 0x0c, 0x84, epoch); // change
        Put(inode, 0x90, 0x94, epoch); // creation
        // 34 bits: the two lowest of the extra field stand above the signed 32 of old. The others are nanoseconds.
        var modified = (int)U32(inode, 0x10) + ((long)(U32(inode, 0x88) & 3) << 32);
        if (modified > epoch) Put(inode, 0x10, 0x88, epoch);
        if (seed is { } start) PutChecksum(inode, number, start);
        return true;
    }

    private static void Put(Span<byte> inode, int at, int extra, long time)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(inode[at..], (uint)time);
        BinaryPrimitives.WriteUInt32LittleEndian(inode[extra..], (uint)((time - (int)time) >> 32) & 3);
    }

    private static void PutChecksum(Span<byte> inode, uint number, uint seed)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x7c..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x82..], 0);
        var sum = BitOperations.Crc32C(BitOperations.Crc32C(seed, number), U32(inode, 0x64));
        sum = Crc32C(sum, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x7c..], (ushort)sum);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x82..], (ushort)(sum >> 16));
    }

    /// <summary>Castagnoli's sum, going on from <paramref name="sum"/>, without the inversion at the end: as ext4 uses it.</summary>
    internal static uint Crc32C(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) sum = BitOperations.Crc32C(sum, one);
        return sum;
    }

    private static void Read(SafeFileHandle file, Span<byte> buffer, long at)
    {
        if (RandomAccess.Read(file, buffer, at) < buffer.Length) throw new InvalidDataException($"The file system ends before byte {at + buffer.Length}.");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
