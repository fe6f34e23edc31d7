using System.Buffers.Binary;
using System.Text;

namespace ImageBuilder.Comparing;

/// <summary>Reads the files of a FAT32 file system by their short names: what an EFI system partition has.</summary>
public sealed class Fat32Tree
{
    private const long MostTable = 1 << 28;
    private const int Folder = 0x10;
    private const int LongName = 0x0f;
    private const uint Last = 0x0ffffff8;

    private readonly DiskBytes _disk;
    private readonly long _data;
    private readonly int _cluster;
    private readonly byte[] _table;
    private readonly uint _root;

    private Fat32Tree(DiskBytes disk, long start, byte[] boot)
    {
        var (sector, reserved, tables, size) = (Half(boot, 11), Half(boot, 14), boot[16], Word(boot, 36));
        (_disk, _root, _cluster) = (disk, Word(boot, 44), sector * boot[13]);
        _table = disk.Read(start + (reserved * sector), (int)(size * sector));
        _data = start + ((reserved + (tables * size)) * sector);
    }

    /// <summary>The tree of the file system at this offset of the disk; null when there is none.</summary>
    public static Fat32Tree? TryOpen(DiskBytes disk, long start)
    {
        var boot = disk.Read(start, 512);
        return Encoding.ASCII.GetString(boot, 82, 5) == "FAT32" && boot[13] > 0 && (long)Half(boot, 11) * Word(boot, 36) < MostTable ? new Fat32Tree(disk, start, boot) : null;
    }

    public IEnumerable<TreeFile> Files() => Files("", _root, 0);

    private IEnumerable<TreeFile> Files(string folder, uint first, int level)
    {
        foreach (var piece in Pieces(first, long.MaxValue))
        {
            var entries = _disk.Read(piece.OnDisk, _cluster);
            for (var at = 0; at < _cluster && entries[at] != 0; at += 32)
            {
                var kind = entries[at + 11];
                if (entries[at] is 0xe5 or (byte)'.' || (kind & LongName) == LongName || (kind & 8) != 0 || level > 8) continue;
                var (name, extension) = (Encoding.ASCII.GetString(entries, at, 8).TrimEnd(), Encoding.ASCII.GetString(entries, at + 8, 3).TrimEnd());
                var path = $"{folder}/{name}{(extension.Length > 0 ? "." : "")}{extension}";
                var (cluster, size) = (Half(entries, at + 26) | ((uint)Half(entries, at + 20) << 16), Word(entries, at + 28));
                var facts = new FileFacts((kind & Folder) == 0 ? 0x8000 : 0x4000, 0, 0, size, Word(entries, at + 22), Convert.ToHexStringLower(entries, at + 11, 11));
                yield return new TreeFile(path, facts, (kind & Folder) == 0 ? [.. Pieces(cluster, size)] : []);
                if ((kind & Folder) == 0) continue;
                foreach (var inner in Files(path, cluster, level + 1)) yield return inner;
            }
        }
    }

    private IEnumerable<Piece> Pieces(uint cluster, long size)
    {
        var most = _table.Length / 4;
        for (var at = 0L; cluster >= 2 && cluster < Last && cluster < most && at < size && most-- > 0; at += _cluster)
        {
            yield return new Piece(at, _data + ((cluster - 2) * (long)_cluster), Math.Min(_cluster, size - at));
            cluster = Word(_table, (int)cluster * 4) & 0x0fffffff;
        }
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
