using System.Buffers.Binary;
using System.Text;
using static ImageBuilder.FileSystems.Ext4Bytes;

namespace ImageBuilder.FileSystems;

/// <summary>
/// A node's extended attributes as ext4 keeps them: all in the inode where they fit, else all in a block. Offsets are those of the kernel's
/// Documentation/filesystems/ext4/attributes.rst.
/// </summary>
/// <param name="InInode">For the end of the inode, or empty.</param>
/// <param name="InBlock">A block without its sum, or empty.</param>
internal sealed record Ext4Attributes(byte[] InInode, byte[] InBlock)
{
    /// <summary>Room in an inode of 256 bytes.</summary>
    public const int Room = Ext4Volume.InodeSize - 160;

    private const uint Magic = 0xea020000;
    private const int BlockHeader = 32;
    private const int EntryHeader = 16;

    private static readonly (string Prefix, int Index)[] s_prefixes =
    [
        ("system.posix_acl_access", 2), ("system.posix_acl_default", 3), ("user.", 1), ("trusted.", 4), ("security.", 6),
    ];

    /// <exception cref="InvalidDataException">They need more than a block.</exception>
    public static Ext4Attributes Of(TreeNode node)
    {
        if (node.Attributes.Count == 0) return new Ext4Attributes([], []);
        List<(int Index, byte[] Name, byte[] Value)> all = [.. node.Attributes.Select(Stored)];
        all.Sort((a, b) => a.Index != b.Index ? a.Index - b.Index
            : a.Name.Length != b.Name.Length ? a.Name.Length - b.Name.Length : a.Name.AsSpan().SequenceCompareTo(b.Name));
        var size = all.Sum(a => EntryHeader + Padded(a.Name.Length) + Padded(a.Value.Length)) + 4;
        if (size + 4 <= Room)
        {
            var inside = new byte[Room];
            Put32(inside, 0, Magic);
            Fill(inside.AsSpan(4), 0, all);
            return new Ext4Attributes(inside, []);
        }

        if (BlockHeader + size > Ext4Volume.BlockSize)
            throw new InvalidDataException($"The extended attributes of `{node.Path}` take {size} bytes; ext4 has room for {Ext4Volume.BlockSize - BlockHeader}.");
        var block = new byte[Ext4Volume.BlockSize];
        Put32(block, 0, Magic);
        Put32(block, 4, 1); // inodes that refer to it
        Put32(block, 8, 1); // blocks
        Put32(block, 12, Fill(block, BlockHeader, all));
        return new Ext4Attributes([], block);
    }

    /// <summary>Puts the sum over the block, which also covers where it lies.</summary>
    public static void Seal(Span<byte> block, uint seed, long at)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, at);
        Put32(block, 16, 0);
        Put32(block, 16, Crc32C(Crc32C(seed, number), block));
    }

    // Entries from the beginning, values from the end. The hash over all of them.
    private static uint Fill(Span<byte> area, int start, List<(int Index, byte[] Name, byte[] Value)> all)
    {
        var (at, end, sum) = (start, area.Length, 0u);
        foreach (var (index, name, value) in all)
        {
            end -= Padded(value.Length);
            value.CopyTo(area[end..]);
            area[at] = (byte)name.Length;
            area[at + 1] = (byte)index;
            Put16(area, at + 2, value.Length == 0 ? 0 : end);
            Put32(area, at + 8, value.Length);
            name.CopyTo(area[(at + EntryHeader)..]);
            var hash = Hash(name, area.Slice(end, Padded(value.Length)));
            Put32(area, at + 12, hash);
            sum = ((sum << 16) | (sum >> 16)) ^ hash;
            at += EntryHeader + Padded(name.Length);
        }

        return sum;
    }

    private static uint Hash(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        uint hash = 0;
        foreach (var one in name) hash = ((hash << 5) | (hash >> 27)) ^ one;
        for (; value.Length > 0; value = value[4..]) hash = ((hash << 16) | (hash >> 16)) ^ U32(value, 0);
        return hash;
    }

    private static (int Index, byte[] Name, byte[] Value) Stored((string Name, byte[] Value) attribute)
    {
        var (prefix, index) = s_prefixes.First(p => attribute.Name.StartsWith(p.Prefix, StringComparison.Ordinal));
        return (index, Encoding.Latin1.GetBytes(attribute.Name[prefix.Length..]), index is 2 or 3 ? AccessList(attribute.Value) : attribute.Value);
    }

    // In the kernel's interface every entry has an id; on disk only those of named users and groups.
    private static byte[] AccessList(ReadOnlySpan<byte> given)
    {
        const int user = 2, group = 8;
        var stored = new List<byte> { 1, 0, 0, 0 };
        for (var entry = given[4..]; entry.Length >= 8; entry = entry[8..])
            stored.AddRange(entry[..(U16(entry, 0) is user or group ? 8 : 4)]);
        return [.. stored];
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
