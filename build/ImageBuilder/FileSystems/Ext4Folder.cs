using System.Text;
using static ImageBuilder.FileSystems.Ext4Bytes;

namespace ImageBuilder.FileSystems;

/// <summary>
/// The blocks of a folder: entries in the order of their names, none across two blocks, and a sum at the end of each block. Offsets are
/// those of the kernel's Documentation/filesystems/ext4/directory.rst.
/// </summary>
internal static class Ext4Folder
{
    private const int Room = Ext4Volume.BlockSize - TailSize;
    private const int TailSize = 12;
    private const int HeaderSize = 8;

    /// <summary>Blocks without sums.</summary>
    /// <param name="entries">Names (Latin-1) with inode and mode, <c>.</c> and <c>..</c> first.</param>
    /// <param name="least">More blocks than needed are empty.</param>
    public static byte[] Blocks(IEnumerable<(string Name, uint Inode, ushort Mode)> entries, int least)
    {
        var blocks = new List<byte[]>();
        var (at, last) = (Room, 0);
        foreach (var (name, inode, mode) in entries)
        {
            var size = HeaderSize + ((name.Length + 3) & ~3);
            if (at + size > Room)
            {
                if (blocks.Count > 0) Put16(blocks[^1], last + 4, Room - last);
                blocks.Add(Empty());
                at = 0;
            }

            var entry = blocks[^1].AsSpan(at);
            Put32(entry, 0, inode);
            Put16(entry, 4, size);
            entry[6] = (byte)name.Length;
            entry[7] = Kind(mode);
            Encoding.Latin1.GetBytes(name, entry[HeaderSize..]);
            (last, at) = (at, at + size);
        }

        Put16(blocks[^1], last + 4, Room - last);
        while (blocks.Count < least)
        {
            blocks.Add(Empty());
            Put16(blocks[^1], 4, Room);
        }

        return [.. blocks.SelectMany(b => b)];
    }

    /// <summary>Puts the sum at the end of each block.</summary>
    public static void Seal(Span<byte> blocks, uint seed, uint inode)
    {
        for (var start = InodeSeed(seed, inode); blocks.Length > 0; blocks = blocks[Ext4Volume.BlockSize..])
            Put32(blocks, Room + 8, Crc32C(start, blocks[..Room]));
    }

    private static byte[] Empty()
    {
        var block = new byte[Ext4Volume.BlockSize];
        Put16(block, Room + 4, TailSize);
        block[Room + 7] = 0xde; // the kind that says: a sum
        return block;
    }

    private static byte Kind(ushort mode) => (mode >> 12) switch { 8 => 1, 4 => 2, 2 => 3, 6 => 4, 1 => 5, 12 => 6, 10 => 7, _ => 0 };
}
