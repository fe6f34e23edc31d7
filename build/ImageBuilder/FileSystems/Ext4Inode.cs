using static ImageBuilder.FileSystems.Ext4Bytes;

namespace ImageBuilder.FileSystems;

/// <summary>An inode's bytes. Offsets are those of the kernel's Documentation/filesystems/ext4/inodes.rst.</summary>
internal static class Ext4Inode
{
    private const long HasExtents = 0x80000;
    private const int MoreSize = 32; // i_extra_isize: all fields that there are today
    private const long Second = 1_000_000_000;

    // More links than this are counted as one: dir_nlink.
    private const int MostLinks = 65000;

    /// <summary>What it is of: the first of three parts, and the sum comes last.</summary>
    /// <param name="links">How many names it has.</param>
    /// <param name="epoch">Unix seconds of everything that happened here.</param>
    public static void Write(Span<byte> inode, TreeNode node, int links, long epoch)
    {
        Put16(inode, 0x00, node.Mode);
        PutBoth16(inode, 0x02, 0x78, node.Uid);
        PutBoth16(inode, 0x18, 0x7a, node.Gid);
        Put16(inode, 0x1a, links >= MostLinks ? 1 : links);
        Put16(inode, 0x80, MoreSize);
        PutTime(inode, 0x08, 0x8c, epoch * Second); // access
        PutTime(inode, 0x0c, 0x84, epoch * Second); // change
        PutTime(inode, 0x90, 0x94, epoch * Second); // creation
        PutTime(inode, 0x10, 0x88, Math.Min(node.Written, epoch * Second));
    }

    /// <summary>Where its content lies.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="blocks">Blocks that it takes, with those of its extents and attributes.</param>
    /// <param name="map">60 bytes: extents, a device, or the target of a short link.</param>
    public static void Place(Span<byte> inode, long size, long blocks, ReadOnlySpan<byte> map, bool extents)
    {
        PutBoth32(inode, 0x04, 0x6c, size);
        var sectors = blocks * (Ext4Volume.BlockSize / 512);
        Put32(inode, 0x1c, sectors & 0xffffffff);
        Put16(inode, 0x74, (int)(sectors >> 32));
        Put32(inode, 0x20, extents ? HasExtents : 0);
        map.CopyTo(inode[0x28..]);
    }

    /// <summary>Its extended attributes, in it or in a block.</summary>
    public static void Attach(Span<byte> inode, ReadOnlySpan<byte> inside, long block)
    {
        Put32(inode, 0x68, block & 0xffffffff);
        Put16(inode, 0x76, (int)(block >> 32));
        inside.CopyTo(inode[(0x80 + MoreSize)..]);
    }

    /// <summary>Puts the sum over it.</summary>
    public static void Seal(Span<byte> inode, uint seed, uint number)
    {
        Put16(inode, 0x7c, 0);
        Put16(inode, 0x82, 0);
        PutBoth16(inode, 0x7c, 0x82, Crc32C(InodeSeed(seed, number), inode));
    }

    /// <summary>The 60 bytes of a device.</summary>
    public static byte[] Device(ulong device)
    {
        var (major, minor) = ((uint)(device >> 32), (uint)device);
        var map = new byte[60];
        if (major < 256 && minor < 256) Put32(map, 0, (major << 8) | minor);
        else Put32(map, 4, (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12));
        return map;
    }

    // Seconds in 34 bits: the two lowest of the extra field stand above the signed 32 of old. The others are nanoseconds.
    private static void PutTime(Span<byte> inode, int at, int extra, long nanoseconds)
    {
        var (seconds, rest) = Math.DivRem(nanoseconds, Second);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + Second);
        Put32(inode, at, seconds & 0xffffffff);
        Put32(inode, extra, (((seconds - (int)seconds) >> 32) & 3) | (rest << 2));
    }
}
