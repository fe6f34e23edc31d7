using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>
/// Fills an empty ext4 file system with a tree, with nothing in it that the tree and the epoch do not say. Folders come first, then the files of
/// each part: so that a change in the last part leaves most of the disk's bytes where they were.
/// </summary>
/// <param name="offset">Where the file system begins on the disk.</param>
/// <param name="epoch">Unix seconds: the time of everything that happens here, and no file is later.</param>
public sealed class Ext4Writer(SafeFileHandle disk, long offset, long epoch)
{
    // What clouds compare and copy at once (EBS: 512 KiB). Parts of few blocks go without: gaps cost room.
    private const int PieceBlocks = 128;
    private const long LargePart = 8 * PieceBlocks;
    private const int CopySize = 1 << 20;

    // For files that lie in many pieces because of what lies between.
    private const int Spare = 64;

    private readonly Ext4Volume _volume = new(disk, offset);

    // Linux lets one thread at a time write to a file; the others would burn their processors until it is their turn, instead of reading.
    private readonly Lock _writing = new();

    /// <summary>True when there is room for it.</summary>
    public bool Fits(Ext4Content content) =>
        content.Inodes <= _volume.Inodes && content.Blocks + Spare + _volume.Groups <= _volume.FreeBlocks;

    public void Write(Ext4Content content, CancellationToken cancel)
    {
        var places = PlaceAll(content);
        WriteInodes(content, places);
        AllProcessors.For(places.Length, i => WriteBlocks(content.Items[i], places[i], cancel), cancel);
        _volume.Finish();
    }

    private Place[] PlaceAll(Ext4Content content)
    {
        var items = content.Items;
        Place[] places = [.. items.Select(i => PlaceOf([new Extent(0, 0, i.Bytes.Length / Ext4Volume.BlockSize)],
            i.Attributes.InBlock.Length > 0 ? _volume.Take(1)[0].Block : 0))];
        foreach (var part in Enumerable.Range(0, places.Length).Where(i => items[i].Data.Count > 0).GroupBy(i => items[i].Node.Part).OrderBy(p => p.Key))
        {
            if (part.Sum(i => items[i].DataBlocks) >= LargePart) _volume.Align(PieceBlocks);
            foreach (var i in part) places[i] = PlaceOf(items[i].Data, places[i].Attributes);
        }

        return places;
    }

    private Place PlaceOf(List<Extent> data, long attributes)
    {
        var extents = new List<Extent>();
        foreach (var wanted in data)
            foreach (var taken in _volume.Take(wanted.Count)) extents.Add(taken with { At = wanted.At + taken.At });
        return new Place(extents, _volume.Take(Ext4Extents.Blocks(extents)), attributes);
    }

    private void WriteInodes(Ext4Content content, Place[] places)
    {
        var size = Ext4Volume.InodeSize;
        var reserved = _volume.ReservedInodes();
        for (var (group, next) = (0, 0); next < places.Length; group++)
        {
            var first = group * (long)_volume.InodesInGroup + 1;
            var table = new byte[Math.Min(_volume.InodesInGroup, content.Inodes - first + 1) * size];
            if (group == 0) reserved.CopyTo(table, 0);
            var folders = 0;
            for (; next < places.Length && content.Items[next].Number < first + _volume.InodesInGroup; next++)
            {
                var item = content.Items[next];
                Fill(table.AsSpan((int)(item.Number - first) * size, size), item, places[next]);
                if (item.Node.IsFolder) folders++;
            }

            _volume.WriteInodes(group, table, folders);
        }
    }

    private void Fill(Span<byte> inode, Ext4Content.Item item, Place place)
    {
        var (node, bytes) = (item.Node, item.Bytes.Length);
        var mapped = node.IsFile || bytes > 0;
        var map = mapped ? Ext4Extents.Write(_volume, item.Number, place.Extents, place.Tree.SelectMany(Each)) : node.IsLink ? node.Target : Ext4Inode.Device(node.Device);
        var size = node.IsFile ? node.Size : node.IsLink ? node.Target.Length : bytes;
        var blocks = place.Extents.Sum(e => e.Count) + place.Tree.Sum(e => e.Count) + (place.Attributes > 0 ? 1 : 0);
        inode.Clear();
        Ext4Inode.Write(inode, node, item.Links, epoch);
        Ext4Inode.Place(inode, size, blocks, map, mapped);
        Ext4Inode.Attach(inode, item.Attributes.InInode, place.Attributes);
        Ext4Inode.Seal(inode, _volume.Seed, item.Number);
    }

    private void WriteBlocks(Ext4Content.Item item, Place place, CancellationToken cancel)
    {
        if (place.Attributes > 0)
        {
            Ext4Attributes.Seal(item.Attributes.InBlock, _volume.Seed, place.Attributes);
            _volume.Write(place.Attributes, item.Attributes.InBlock);
        }

        if (item.Data.Count > 0) Copy(item.Node, place.Extents, cancel);
        if (item.Bytes.Length == 0) return;
        if (item.Node.IsFolder) Ext4Folder.Seal(item.Bytes, _volume.Seed, item.Number);
        foreach (var extent in place.Extents)
            _volume.Write(extent.Block, item.Bytes.AsSpan((int)extent.At * Ext4Volume.BlockSize, (int)extent.Count * Ext4Volume.BlockSize));
    }

    private void Copy(TreeNode file, List<Extent> extents, CancellationToken cancel)
    {
        using var content = file.Open!(); // a file has content
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(CopySize, file.Size));
        try
        {
            foreach (var extent in extents)
            {
                var (from, to) = (extent.At * Ext4Volume.BlockSize, _volume.PlaceOf(extent.Block));
                var left = Math.Min(extent.Count * Ext4Volume.BlockSize, file.Size - from);
                while (left > 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    var read = RandomAccess.Read(content, buffer.AsSpan(0, (int)Math.Min(left, Math.Min(CopySize, buffer.Length))), from);
                    if (read == 0) throw new EndOfStreamException($"`{file.Path}` became shorter while it was read.");
                    lock (_writing) RandomAccess.Write(disk, buffer.AsSpan(0, read), to);
                    (from, to, left) = (from + read, to + read, left - read);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static IEnumerable<long> Each(Extent extent) => Enumerable.Range(0, (int)extent.Count).Select(i => extent.Block + i);

    /// <summary>Where an inode's blocks lie: of content, of the tree by which it is found, of attributes (0: none).</summary>
    private sealed record Place(List<Extent> Extents, List<Extent> Tree, long Attributes);
}
