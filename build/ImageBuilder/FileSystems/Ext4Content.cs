using System.Buffers;

namespace ImageBuilder.FileSystems;

/// <summary>
/// What a tree becomes in an ext4 file system before it is known where anything lies: inode numbers, folders' blocks, which blocks of files are
/// zeros and need none. Follows from the tree alone.
/// </summary>
public sealed class Ext4Content
{
    // As mke2fs makes it: room for fsck.ext4 to put what it finds.
    private const string LostAndFound = "lost+found";
    private const int LostBlocks = 4;

    // Smaller files are stored with their zeros.
    private const long LookedThrough = 1 << 20;
    private const int ReadSize = 1 << 20;

    private readonly Dictionary<string, uint> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, ushort> _modes = [];
    private readonly Dictionary<string, int> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _foldersIn = new(StringComparer.Ordinal);

    private Ext4Content(IReadOnlyList<TreeNode> tree, Dictionary<string, List<Extent>> data)
    {
        Number(tree);
        var inside = _numbers.Keys.Where(p => p != ".").ToLookup(Parent, StringComparer.Ordinal);
        Items = [.. Items.Select(i => i with
        {
            Links = i.Node.IsFolder ? 2 + _foldersIn.GetValueOrDefault(i.Node.Path) : _links.GetValueOrDefault(i.Node.Path, 1),
            Attributes = Ext4Attributes.Of(i.Node),
            Bytes = i.Node.IsFolder ? FolderOf(i.Node.Path, inside[i.Node.Path]) : i.Node.IsLink && i.Node.Target.Length >= 60 ? Padded(i.Node.Target) : [],
            Data = data.TryGetValue(i.Node.Path, out var parts) ? parts : i.Node.IsFile && i.Node.Size > 0 ? [new Extent(0, 0, BlocksOf(i.Node.Size))] : [],
        })];
    }

    /// <summary>In the order of their numbers.</summary>
    internal IReadOnlyList<Item> Items { get; private set; } = [];

    /// <summary>Blocks that it will take, but for those by which very scattered files are found.</summary>
    public long Blocks => Items.Sum(i => BlocksOf(i.Bytes.Length) + (i.Attributes.InBlock.Length > 0 ? 1 : 0) + i.DataBlocks);

    public long Inodes => Items[^1].Number;

    /// <summary>Of a tree in which every folder but the root stands as a node. Reads large files through.</summary>
    public static Ext4Content Of(IReadOnlyList<TreeNode> tree, CancellationToken cancel)
    {
        List<TreeNode> large = [.. tree.Where(n => n.IsFile && n.Size >= LookedThrough && n.Same.Length == 0)];
        var data = new List<Extent>[large.Count];
        AllProcessors.For(large.Count, i => data[i] = DataIn(large[i], cancel), cancel);
        var found = new Dictionary<string, List<Extent>>(StringComparer.Ordinal);
        for (var i = 0; i < data.Length; i++) found[large[i].Path] = data[i];
        return new Ext4Content(tree, found);
    }

    // Hard links share a number; the rest are numbered as they come.
    private void Number(IReadOnlyList<TreeNode> tree)
    {
        var root = tree.First(n => n.Path == ".");
        var lost = tree.FirstOrDefault(n => n.Path == LostAndFound) is { IsFolder: true } own ? own
            : new TreeNode(LostAndFound, 0x4000 | 0b111_000_000, 0, 0, 0, root.Written);
        var items = new List<Item> { new(root, Ext4Volume.RootInode), new(lost, Ext4Volume.LostInode) };
        foreach (var node in tree)
            if (node.Same.Length == 0 && node.Path is not ("." or LostAndFound)) items.Add(new Item(node, Ext4Volume.LostInode + (uint)items.Count - 1));
        foreach (var item in items) _numbers[item.Node.Path] = item.Number;
        foreach (var node in tree.Where(n => n.Same.Length > 0))
        {
            _numbers[node.Path] = _numbers[node.Same];
            _links[node.Same] = _links.GetValueOrDefault(node.Same, 1) + 1;
        }

        foreach (var item in items)
        {
            _modes[item.Number] = item.Node.Mode;
            if (item.Node.IsFolder && item.Node.Path != ".") _foldersIn[Parent(item.Node.Path)] = _foldersIn.GetValueOrDefault(Parent(item.Node.Path)) + 1;
        }

        Items = items;
    }

    private byte[] FolderOf(string path, IEnumerable<string> inside)
    {
        var own = _numbers[path];
        IEnumerable<(string Name, uint Inode)> entries =
        [
            (".", own), ("..", path == "." ? own : _numbers[Parent(path)]),
            .. inside.Select(p => (Name: p[(p.LastIndexOf('/') + 1)..], Inode: _numbers[p])).OrderBy(e => e.Name, StringComparer.Ordinal),
        ];
        return Ext4Folder.Blocks(entries.Select(e => (e.Name, e.Inode, _modes[e.Inode])), path == LostAndFound ? LostBlocks : 1);
    }

    private static List<Extent> DataIn(TreeNode file, CancellationToken cancel)
    {
        using var content = file.Open!(); // a file has content
        var parts = new List<Extent>();
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        foreach (var (start, end) in Holes.Between(content, file.Size))
        {
            for (var at = start / Ext4Volume.BlockSize * Ext4Volume.BlockSize; at < end; at += ReadSize)
            {
                cancel.ThrowIfCancellationRequested();
                var read = buffer.AsSpan(0, RandomAccess.Read(content, buffer.AsSpan(0, ReadSize), at));
                for (var i = 0; i < read.Length; i += Ext4Volume.BlockSize)
                {
                    if (RawDisk.IsZero(read[i..Math.Min(i + Ext4Volume.BlockSize, read.Length)])) continue;
                    var block = (at + i) / Ext4Volume.BlockSize;
                    if (parts.Count > 0 && parts[^1] is var last && block < last.At + last.Count) continue;
                    if (parts.Count > 0 && block == parts[^1].At + parts[^1].Count) parts[^1] = parts[^1] with { Count = parts[^1].Count + 1 };
                    else parts.Add(new Extent(block, 0, 1));
                }
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return parts;
    }

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : ".";

    private static long BlocksOf(long bytes) => (bytes + Ext4Volume.BlockSize - 1) / Ext4Volume.BlockSize;

    private static byte[] Padded(byte[] target) => [.. target, .. new byte[Ext4Volume.BlockSize - target.Length]];

    /// <summary>A file, folder, link or device with its inode.</summary>
    internal sealed record Item(TreeNode Node, uint Number)
    {
        public int Links { get; init; }

        /// <summary>Content of a folder or a long link, in whole blocks.</summary>
        public byte[] Bytes { get; init; } = [];

        /// <summary>Blocks of a file that are not zeros.</summary>
        public List<Extent> Data { get; init; } = [];

        public long DataBlocks => Data.Sum(d => d.Count);

        public Ext4Attributes Attributes { get; init; } = new([], []);
    }
}
