using Microsoft.Win32.SafeHandles;
using static ImageBuilder.FileSystems.Ext4Bytes;

namespace ImageBuilder.FileSystems;

/// <summary>
/// An empty ext4 file system, as mke2fs leaves it, that is being filled: what is free, and all that must be true when it is full. Offsets are those
/// of the kernel's Documentation/filesystems/ext4 (super.rst, group_descr.rst, bitmaps.rst).
/// </summary>
internal sealed class Ext4Volume
{
    public const int BlockSize = 4096;
    public const int InodeSize = 256;
    public const uint RootInode = 2;
    public const uint LostInode = 11;

    private const int SuperOffset = 1024;
    private const int SuperSize = 1024;
    private const int DescriptorSize = 64;
    private const int NoInodes = 1; // bg_flags: nothing of the table is in use
    private const int NoBlocks = 2; // bg_flags: nothing but what the group itself needs is in use

    // 64bit, extents, flex_bg, file type; metadata_csum. No other feature may change where things lie or how they are summed.
    private const uint Incompatible = 0x2c2;
    private const uint Sums = 0x400;
    private const uint BigClusters = 0x200;

    private readonly SafeFileHandle _file;
    private readonly long _offset;
    private readonly byte[] _super = new byte[SuperSize];
    private readonly byte[] _descriptors;
    private readonly Dictionary<int, byte[]> _maps = [];
    private readonly int _blocksInGroup;
    private readonly long _blocks;
    private long _next;
    private bool _again;

    /// <param name="offset">Where it begins in the file.</param>
    /// <exception cref="InvalidDataException">It is not what our configuration of mke2fs makes.</exception>
    public Ext4Volume(SafeFileHandle file, long offset)
    {
        (_file, _offset) = (file, offset);
        ReadAt(_super, SuperOffset);
        if (U16(_super, 0x38) != 0xef53) throw new InvalidDataException($"There is no ext4 file system at byte {offset}.");
        if (U32(_super, 0x18) != 2 || U16(_super, 0x58) != InodeSize || U16(_super, 0xfe) != DescriptorSize
            || U32(_super, 0x60) != Incompatible || (U32(_super, 0x64) & (Sums | BigClusters)) != Sums)
            throw new InvalidDataException("mke2fs made a file system of another kind than it was told to.");
        _blocks = Both32(_super, 0x04, 0x150);
        _blocksInGroup = (int)U32(_super, 0x20);
        InodesInGroup = (int)U32(_super, 0x28);
        Seed = Crc32C(~0u, _super.AsSpan(0x68, 16));
        _descriptors = new byte[(_blocks + _blocksInGroup - 1) / _blocksInGroup * DescriptorSize];
        ReadAt(_descriptors, BlockSize);
        // Its only folders are written anew.
        Release(RootInode);
        Release(LostInode);
    }

    /// <summary>What all sums go on from.</summary>
    public uint Seed { get; }

    public int InodesInGroup { get; }

    public long Inodes => U32(_super, 0x00);

    public long FreeBlocks => Enumerable.Range(0, Groups).Sum(FreeIn);

    public int Groups => _descriptors.Length / DescriptorSize;

    public void Write(long block, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, PlaceOf(block));

    /// <summary>Where a block begins in the file.</summary>
    public long PlaceOf(long block) => _offset + block * BlockSize;

    /// <summary>The next blocks are taken from a multiple of so many on.</summary>
    public void Align(int blocks) => _next = (_next + blocks - 1) / blocks * blocks;

    /// <summary>Takes free blocks: the next ones, and from the start again when the end is reached.</summary>
    /// <exception cref="InvalidOperationException">There are none left; <see cref="FreeBlocks"/> told.</exception>
    public List<Extent> Take(long count)
    {
        var taken = new List<Extent>();
        for (long at = 0; at < count;)
        {
            if (_next >= _blocks)
            {
                if (_again) throw new InvalidOperationException("The file system is full.");
                (_next, _again) = (0, true);
            }

            var group = (int)(_next / _blocksInGroup);
            var run = FreeIn(group) == 0 ? 0 : TakeIn(group, count - at);
            if (run == 0)
            {
                _next = (group + 1L) * _blocksInGroup;
                continue;
            }

            if (taken.Count > 0 && taken[^1] is var last && last.Block + last.Count == _next) taken[^1] = last with { Count = last.Count + run };
            else taken.Add(new Extent(at, _next, run));
            (at, _next) = (at + run, _next + run);
        }

        return taken;
    }

    /// <summary>Writes the inodes of a group, from its first on, and notes which are in use.</summary>
    public void WriteInodes(int group, ReadOnlySpan<byte> table, int folders)
    {
        var used = table.Length / InodeSize;
        Write(TableOf(group), table);
        var descriptor = Descriptor(group);
        var map = new byte[BlockSize];
        map.AsSpan().Fill(0xff);
        for (var i = used; i < InodesInGroup; i++) map[i / 8] &= (byte)~(1 << (i % 8));
        Write(Both32(descriptor, 0x04, 0x24), map);
        PutBoth16(descriptor, 0x1a, 0x3a, Crc32C(Seed, map.AsSpan(0, InodesInGroup / 8)));
        PutBoth16(descriptor, 0x0e, 0x2e, InodesInGroup - used);
        PutBoth16(descriptor, 0x10, 0x30, folders);
        PutBoth16(descriptor, 0x1c, 0x32, InodesInGroup - used);
        Put16(descriptor, 0x12, U16(descriptor, 0x12) & ~NoInodes);
    }

    /// <summary>The inodes before the first free one, as mke2fs made them.</summary>
    public byte[] ReservedInodes()
    {
        var bytes = new byte[(LostInode - 1) * InodeSize];
        ReadAt(bytes, InodeAt(1));
        return bytes;
    }

    /// <summary>Writes maps, descriptors and superblocks, the spare ones too.</summary>
    public void Finish()
    {
        foreach (var (group, map) in _maps)
        {
            var descriptor = Descriptor(group);
            Write(Both32(descriptor, 0x00, 0x20), map);
            PutBoth16(descriptor, 0x18, 0x38, Crc32C(Seed, map.AsSpan(0, _blocksInGroup / 8)));
            Put16(descriptor, 0x12, U16(descriptor, 0x12) & ~NoBlocks);
        }

        Span<byte> number = stackalloc byte[4];
        for (var group = 0; group < Groups; group++)
        {
            var descriptor = Descriptor(group);
            Put32(number, 0, group);
            Put16(descriptor, 0x1e, 0);
            Put16(descriptor, 0x1e, (int)(Crc32C(Crc32C(Seed, number), descriptor) & 0xffff));
        }

        PutBoth32(_super, 0x0c, 0x158, FreeBlocks);
        Put32(_super, 0x10, Enumerable.Range(0, Groups).Sum(g => Both16(Descriptor(g), 0x0e, 0x2e)));
        for (var group = 0; group < Groups; group++)
        {
            if (!HasSuper(group)) continue;
            Put16(_super, 0x5a, group);
            Put32(_super, 0x3fc, Crc32C(~0u, _super.AsSpan(0, 0x3fc)));
            var at = PlaceOf((long)group * _blocksInGroup);
            RandomAccess.Write(_file, _super, group == 0 ? at + SuperOffset : at);
            RandomAccess.Write(_file, _descriptors, at + BlockSize);
        }
    }

    // Gives back the blocks of an inode that mke2fs made.
    private void Release(uint inode)
    {
        var bytes = new byte[InodeSize];
        ReadAt(bytes, InodeAt(inode));
        for (var i = 0; i < U16(bytes, 0x28 + 2); i++)
        {
            var extent = bytes.AsSpan(0x28 + 12 * (i + 1), 12);
            for (var block = U32(extent, 8) | ((long)U16(extent, 6) << 32); U16(extent, 4) is var left && left > 0; block++)
            {
                var group = (int)(block / _blocksInGroup);
                Map(group)[block % _blocksInGroup / 8] &= (byte)~(1 << (int)(block % 8));
                SetFree(group, FreeIn(group) + 1);
                Put16(extent, 4, left - 1);
            }
        }
    }

    // Free blocks from `_next` on, all in one group; none when what is left of it is taken.
    private long TakeIn(int group, long most)
    {
        var map = Map(group);
        var (bit, end) = ((int)(_next % _blocksInGroup), (int)Math.Min(_blocksInGroup, _blocks - (long)group * _blocksInGroup));
        while (bit < end && IsTaken(map, bit)) bit += bit % 8 == 0 && map[bit / 8] == 0xff ? 8 : 1;
        var start = bit;
        for (; bit < end && bit - start < most && !IsTaken(map, bit); bit++) map[bit / 8] |= (byte)(1 << (bit % 8));
        SetFree(group, FreeIn(group) - (bit - start));
        if (bit > start) _next = (long)group * _blocksInGroup + start;
        return bit - start;
    }

    private static bool IsTaken(byte[] map, int bit) => (map[bit / 8] & (1 << (bit % 8))) != 0;

    private byte[] Map(int group)
    {
        if (_maps.TryGetValue(group, out var map)) return map;
        map = _maps[group] = new byte[BlockSize];
        if ((U16(Descriptor(group), 0x12) & NoBlocks) == 0) ReadAt(map, Both32(Descriptor(group), 0x00, 0x20) * BlockSize);
        else MarkOwn(group, map);
        return map;
    }

    // What mke2fs has not written down, because it follows from the layout.
    private void MarkOwn(int group, byte[] map)
    {
        var first = (long)group * _blocksInGroup;
        if (HasSuper(group)) Mark(first, 1 + (_descriptors.Length + BlockSize - 1) / BlockSize + U16(_super, 0xce));
        for (var other = 0; other < Groups; other++)
        {
            var descriptor = Descriptor(other);
            Mark(Both32(descriptor, 0x00, 0x20), 1);
            Mark(Both32(descriptor, 0x04, 0x24), 1);
            Mark(Both32(descriptor, 0x08, 0x28), InodesInGroup * InodeSize / BlockSize);
        }

        Mark(Math.Min(_blocks, first + _blocksInGroup), first + _blocksInGroup - _blocks);

        void Mark(long block, long count)
        {
            for (var bit = Math.Max(block - first, 0); bit < Math.Min(block - first + count, _blocksInGroup); bit++) map[bit / 8] |= (byte)(1 << (int)(bit % 8));
        }
    }

    private static bool HasSuper(int group)
    {
        return group <= 1 || IsPower(3) || IsPower(5) || IsPower(7);

        bool IsPower(int of)
        {
            long power = of;
            while (power < group) power *= of;
            return power == group;
        }
    }

    private long FreeIn(int group) => Both16(Descriptor(group), 0x0c, 0x2c);

    private void SetFree(int group, long free) => PutBoth16(Descriptor(group), 0x0c, 0x2c, free);

    private long TableOf(int group) => Both32(Descriptor(group), 0x08, 0x28);

    private long InodeAt(uint inode) => TableOf((int)((inode - 1) / InodesInGroup)) * BlockSize + (inode - 1) % InodesInGroup * InodeSize;

    private Span<byte> Descriptor(int group) => _descriptors.AsSpan(group * DescriptorSize, DescriptorSize);

    private void ReadAt(Span<byte> buffer, long at)
    {
        if (RandomAccess.Read(_file, buffer, _offset + at) < buffer.Length) throw new InvalidDataException($"The file system ends before byte {at + buffer.Length}.");
    }
}
