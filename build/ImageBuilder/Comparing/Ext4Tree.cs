using System.Buffers.Binary;
using System.Text;

namespace ImageBuilder.Comparing;

/// <summary>What a file is besides its content. <paramref name="More"/>: a link's target, a device's number, extended attributes.</summary>
public sealed record FileFacts(int Mode, long Owner, long Group, long Size, long Modified, string More)
{
    public bool IsFile => (Mode & 0xf000) == 0x8000;
}

/// <summary>A file in a file system, with the pieces of the disk that hold its content.</summary>
public sealed record TreeFile(string Path, FileFacts Facts, IReadOnlyList<Piece> Pieces);

/// <summary>A part of a file that lies in one run on the disk.</summary>
/// <param name="At">Offset in the file.</param>
/// <param name="OnDisk">Offset on the disk.</param>
public sealed record Piece(long At, long OnDisk, long Length);

/// <summary>Reads the files of an ext4 file system without mounting it: as much of the format as ours have.</summary>
public sealed class Ext4Tree
{
    private const ushort Magic = 0xef53;
    private const ushort ExtentMagic = 0xf30a;
    private const uint RootInode = 2;
    private const uint HasExtents = 0x80000;
    private const int FirstInode = 128;
    private const int MostLevels = 5;

    private readonly DiskBytes _disk;
    private readonly long _start;
    private readonly int _block;
    private readonly int _inode;
    private readonly uint _perGroup;
    private readonly int _descriptor;
    private readonly long _descriptors;

    private Ext4Tree(DiskBytes disk, long start, byte[] super)
    {
        (_disk, _start) = (disk, start);
        _block = 1024 << (int)Word(super, 24);
        _perGroup = Word(super, 40);
        _inode = Half(super, 88);
        _descriptor = (Word(super, 96) & 0x80) == 0 ? 32 : Math.Max((int)Half(super, 254), 32); // 64bit
        _descriptors = start + ((Word(super, 20) + 1) * (long)_block);
    }

    /// <summary>The tree of the file system at this offset of the disk; null when there is none.</summary>
    public static Ext4Tree? TryOpen(DiskBytes disk, long start)
    {
        var super = disk.Read(start + 1024, 1024);
        return Half(super, 56) == Magic && Word(super, 24) <= 6 && Word(super, 40) > 0 && Half(super, 88) > FirstInode ? new Ext4Tree(disk, start, super) : null;
    }

    /// <summary>All files, folders first, each folder's in the order of its entries.</summary>
    public IEnumerable<TreeFile> Files()
    {
        var folders = new HashSet<uint>();
        var open = new Stack<(string Path, uint Inode)>([("/", RootInode)]);
        while (open.TryPop(out var next))
        {
            var inode = Inode(next.Inode);
            var file = File(next.Path, inode);
            yield return file;
            if ((file.Facts.Mode & 0xf000) != 0x4000 || !folders.Add(next.Inode)) continue;
            foreach (var (name, number) in Entries(file.Pieces))
                open.Push(($"{(next.Path == "/" ? "" : next.Path)}/{name}", number));
        }
    }

    private TreeFile File(string path, byte[] inode)
    {
        var (mode, size) = (Half(inode, 0), Word(inode, 4) | ((long)Word(inode, 108) << 32));
        IReadOnlyList<Piece> pieces = (Word(inode, 32) & HasExtents) == 0 ? [] : [.. Pieces(inode.AsMemory(40, 60), 0).OrderBy(p => p.At)];
        var inline = pieces.Count == 0 ? Convert.ToHexStringLower(inode.AsSpan(40, 60)) : "";
        var attributes = Convert.ToHexStringLower(inode.AsSpan(FirstInode + Math.Min(Half(inode, FirstInode), _inode - FirstInode)));
        var apart = Word(inode, 104) is var block and not 0 ? Convert.ToHexStringLower(_disk.Read(_start + (block * (long)_block), _block)) : "";
        var facts = new FileFacts(mode, Half(inode, 2) | (Half(inode, 120) << 16), Half(inode, 24) | (Half(inode, 122) << 16),
            (mode & 0xf000) == 0x4000 ? 0 : size, Word(inode, 16), $"{inline} {attributes.TrimEnd('0')} {apart.TrimEnd('0')}");
        return new TreeFile(path, facts, [.. pieces.Select(p => p with { Length = Math.Min(p.Length, size - p.At) }).Where(p => p.Length > 0)]);
    }

    private IEnumerable<Piece> Pieces(ReadOnlyMemory<byte> node, int level)
    {
        if (Half(node.Span, 0) != ExtentMagic || level > MostLevels) yield break;
        var (count, depth) = (Half(node.Span, 2), Half(node.Span, 6));
        for (var i = 0; i < count; i++)
        {
            var entry = node.Slice(12 + (i * 12), 12);
            if (depth == 0)
            {
                var length = Half(entry.Span, 4);
                if (length > 32768) continue; // reserved, and never written
                yield return new Piece(Word(entry.Span, 0) * (long)_block, Place(Word(entry.Span, 8), Half(entry.Span, 6)), length * (long)_block);
            }
            else
            {
                foreach (var piece in Pieces(_disk.Read(Place(Word(entry.Span, 4), Half(entry.Span, 8)), _block), level + 1)) yield return piece;
            }
        }
    }

    private IEnumerable<(string Name, uint Inode)> Entries(IReadOnlyList<Piece> pieces)
    {
        foreach (var piece in pieces)
            for (var done = 0L; done < piece.Length; done += _block)
            {
                var block = _disk.Read(piece.OnDisk + done, _block);
                for (var at = 0; at + 8 <= block.Length && Half(block, at + 4) >= 8; at += Half(block, at + 4))
                {
                    var name = Encoding.UTF8.GetString(block, at + 8, Math.Min((int)block[at + 6], block.Length - at - 8));
                    if (Word(block, at) != 0 && name is not ("" or "." or "..")) yield return (name, Word(block, at));
                }
            }
    }

    private byte[] Inode(uint number)
    {
        var (group, index) = ((number - 1) / _perGroup, (number - 1) % _perGroup);
        var descriptor = _disk.Read(_descriptors + (group * _descriptor), _descriptor);
        var table = Place(Word(descriptor, 8), _descriptor > 32 ? Word(descriptor, 40) : 0);
        return _disk.Read(table + (index * (long)_inode), _inode);
    }

    private long Place(uint low, uint high) => _start + ((low | ((long)high << 32)) * _block);

    private static ushort Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
