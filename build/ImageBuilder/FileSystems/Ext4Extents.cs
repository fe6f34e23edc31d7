using static ImageBuilder.FileSystems.Ext4Bytes;

namespace ImageBuilder.FileSystems;

/// <summary>Blocks that lie one after the other, in a file and on the disk.</summary>
/// <param name="At">The first one's number in the file.</param>
/// <param name="Block">The first one's number in the file system.</param>
internal sealed record Extent(long At, long Block, long Count);

/// <summary>
/// The tree by which an inode finds its blocks: up to four extents lie in the inode, more of them in blocks. Offsets are those of the
/// kernel's Documentation/filesystems/ext4/ifork.rst.
/// </summary>
internal static class Ext4Extents
{
    private const int InInode = 4;
    private const int EntrySize = 12; // of a header too
    private const int InBlock = (Ext4Volume.BlockSize - EntrySize) / EntrySize;

    // Longer ones would say that their blocks were never written.
    private const long Longest = 32768;

    /// <summary>How many blocks the tree takes besides the inode.</summary>
    public static long Blocks(IReadOnlyList<Extent> extents)
    {
        long blocks = 0;
        for (var count = Split(extents).Count; count > InInode; count = (count + InBlock - 1) / InBlock) blocks += (count + InBlock - 1) / InBlock;
        return blocks;
    }

    /// <summary>Writes the tree's blocks and gives what stands in the inode: 60 bytes.</summary>
    /// <param name="blocks">Where they lie; as many as <see cref="Blocks"/> says.</param>
    public static byte[] Write(Ext4Volume volume, uint inode, IReadOnlyList<Extent> extents, IEnumerable<long> blocks)
    {
        using var free = blocks.GetEnumerator();
        var seed = InodeSeed(volume.Seed, inode);
        var level = Split(extents).ConvertAll(Leaf);
        var depth = 0;
        for (; level.Count > InInode; depth++)
        {
            var above = new List<byte[]>();
            foreach (var part in level.Chunk(InBlock))
            {
                if (!free.MoveNext()) throw new InvalidOperationException("Too few blocks were taken for a file's extents.");
                var bytes = Node(Ext4Volume.BlockSize, InBlock, depth, part);
                Put32(bytes, EntrySize + InBlock * EntrySize, Crc32C(seed, bytes.AsSpan(0, EntrySize + InBlock * EntrySize)));
                volume.Write(free.Current, bytes);
                above.Add(Index(U32(part[0], 0), free.Current));
            }

            level = above;
        }

        return Node(EntrySize + InInode * EntrySize, InInode, depth, level);
    }

    private static List<Extent> Split(IReadOnlyList<Extent> extents)
    {
        var split = new List<Extent>(extents.Count);
        foreach (var extent in extents)
            for (long at = 0; at < extent.Count; at += Longest) split.Add(new Extent(extent.At + at, extent.Block + at, Math.Min(Longest, extent.Count - at)));
        return split;
    }

    private static byte[] Node(int size, int most, int depth, IReadOnlyList<byte[]> entries)
    {
        var node = new byte[size];
        Put16(node, 0, 0xf30a);
        Put16(node, 2, entries.Count);
        Put16(node, 4, most);
        Put16(node, 6, depth);
        for (var i = 0; i < entries.Count; i++) entries[i].CopyTo(node, EntrySize * (i + 1));
        return node;
    }

    private static byte[] Leaf(Extent extent)
    {
        var bytes = new byte[EntrySize];
        Put32(bytes, 0, extent.At);
        Put16(bytes, 4, (int)extent.Count);
        Put16(bytes, 6, (int)(extent.Block >> 32));
        Put32(bytes, 8, extent.Block & 0xffffffff);
        return bytes;
    }

    private static byte[] Index(long at, long block)
    {
        var bytes = new byte[EntrySize];
        Put32(bytes, 0, at);
        Put32(bytes, 4, block & 0xffffffff);
        Put16(bytes, 8, (int)(block >> 32));
        return bytes;
    }
}
