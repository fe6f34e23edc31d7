using System.Text;
using ImageBuilder.FileSystems;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Layers;

/// <summary>
/// The tree that a chain of layers makes, as overlayfs shows it, without mounting anything: their lists say what it holds, their folders have the
/// contents. Files of which lower layers come first.
/// </summary>
public sealed class ChainTree : IDisposable
{
    private const int KindMask = 0xF000;
    private const int CharacterDevice = 0x2000;

    private static readonly IReadOnlySet<string> s_none = new HashSet<string>();

    private readonly ILayerTrees _trees;
    private readonly List<LayerPart> _parts = [];
    private readonly Dictionary<int, SafeFileHandle> _copies = [];
    private readonly Branch _root = new();

    private ChainTree(ILayerTrees trees) => _trees = trees;

    /// <summary>All folders, files, links and devices; the root among them.</summary>
    public IReadOnlyList<TreeNode> Nodes { get; private set; } = [];

    /// <param name="scratch">A folder for copies of files that only the user namespace may read.</param>
    public static async Task<ChainTree> OpenAsync(LayerChain chain, ILayerTrees trees, string scratch, CancellationToken cancel)
    {
        var tree = new ChainTree(trees);
        try
        {
            // As they are mounted: a layer without content, of a step that only looked, adds nothing.
            foreach (var layer in chain.Layers.Where(l => l.Layer.Entries > 0 || l.Layer.Key.Length == 0)) await tree.AddAsync(layer, cancel);
            await tree.ListAsync(scratch, cancel);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var folder in _parts.Select(p => p.Folder).Concat(_copies.Values)) folder.Dispose();
    }

    private async Task AddAsync(StoredLayer layer, CancellationToken cancel)
    {
        var entries = LayerFiles.TryRead(Path.Combine(layer.Folder, LayerFiles.List)) is { } list ? TreeList.Read(list)
            : (await new TreeScan(_trees, layer.Root, layer.Layer.Epoch).RunAsync(new Dictionary<string, (TreeStamp, TreeEntry)>(), cancel)).Entries;
        var part = _parts.Count;
        _parts.Add(new LayerPart(layer, FileSystemCalls.OpenFolder(layer.Root)));
        var opaque = part == 0 || Environment.IsPrivilegedProcess ? s_none : await OpaqueAsync(entries, _parts[part], cancel);
        foreach (var entry in entries) Add(entry, part, opaque);
    }

    // In folders that are closed to this user, it does not even see which attributes there are.
    private async Task<IReadOnlySet<string>> OpaqueAsync(IReadOnlyList<TreeEntry> entries, LayerPart part, CancellationToken cancel)
    {
        List<string> closed = [.. entries.Where(e => e.IsFolder).Select(e => e.Path)
            .Where(p => FileSystemCalls.State(part.Folder, ref TreeScan.Bytes(p)[0], out _) == FileSystemCalls.Denied)];
        return closed.Count == 0 ? s_none : await _trees.OpaqueAsync(part.Layer.Root, closed, cancel);
    }

    private void Add(TreeEntry entry, int part, IReadOnlySet<string> opaque)
    {
        var (branch, above) = (_root, _root);
        var name = "";
        if (entry.Path != ".")
        {
            foreach (var next in entry.Path.Split('/'))
            {
                (above, name) = (branch, next);
                if (!branch.Inside.TryGetValue(next, out var found)) branch.Inside[next] = found = new Branch();
                branch = found;
            }
        }

        if ((entry.Mode & KindMask) == CharacterDevice && entry.Device == 0)
        {
            above.Inside.Remove(name); // overlayfs' sign for what is gone
            return;
        }

        if (!entry.IsFolder || opaque.Contains(entry.Path) || (entry.Attributes.Length > 0 && TreeAttributes.IsOpaque(PathOf(_parts[part].Folder, entry.Path))))
            branch.Inside.Clear();
        (branch.Entry, branch.Part) = (entry, part);
    }

    private async Task ListAsync(string scratch, CancellationToken cancel)
    {
        var all = new List<Branch>();
        Collect(_root, all);
        all.Sort((a, b) => a.Part != b.Part ? a.Part - b.Part : string.CompareOrdinal(a.Entry!.Path, b.Entry!.Path)); // collected because they have one
        if (!Environment.IsPrivilegedProcess) await CopyClosedAsync(all, scratch, cancel);
        // Names of one file that are left: the first of them has the content.
        var first = _parts.ConvertAll(_ => new Dictionary<string, string>(StringComparer.Ordinal));
        var nodes = new List<TreeNode>(all.Count);
        foreach (var branch in all)
        {
            var entry = branch.Entry!; // collected
            var known = first[branch.Part];
            var file = entry.Same.Length > 0 ? entry.Same : entry.Path;
            nodes.Add(NodeOf(entry, branch, known.TryAdd(file, entry.Path) ? "" : known[file]));
        }

        Nodes = nodes;
    }

    private TreeNode NodeOf(TreeEntry entry, Branch branch, string same)
    {
        var part = branch.Part;
        var folder = branch.Copied ? _copies[part] : _parts[part].Folder;
        var path = TreeScan.Bytes(entry.Path);
        return new TreeNode(entry.Path, entry.Mode, entry.Uid, entry.Gid, entry.Size, entry.Written)
        {
            Device = entry.Device,
            Same = same,
            Target = entry.IsLink ? Encoding.Latin1.GetBytes(entry.Content) : [],
            Attributes = same.Length == 0 && (entry.Attributes.Length > 0 || branch.Copied) ? [.. TreeAttributes.Of(PathOf(folder, entry.Path)).Select(Inside)] : [],
            Part = part,
            Open = entry.IsFile ? () => Open(folder, path) : null,
        };
    }

    private static void Collect(Branch branch, List<Branch> all)
    {
        if (branch.Entry is not null) all.Add(branch);
        foreach (var inside in branch.Inside.Values) Collect(inside, all);
    }

    private async Task CopyClosedAsync(List<Branch> all, string scratch, CancellationToken cancel)
    {
        foreach (var part in all.Where(IsClosed).GroupBy(b => b.Part))
        {
            var folder = Directory.CreateDirectory(Path.Combine(scratch, $"closed-{part.Key}")).FullName;
            await _trees.CopyAsync(_parts[part.Key].Layer.Root, [.. part.Select(b => b.Entry!.Path)], folder, cancel); // collected because they have one
            _copies[part.Key] = FileSystemCalls.OpenFolder(folder);
            foreach (var branch in part) branch.Copied = true;
        }
    }

    private bool IsClosed(Branch branch)
    {
        if (branch.Entry is not { IsFile: true } entry) return false;
        var error = FileSystemCalls.Open(_parts[branch.Part].Folder, TreeScan.Bytes(entry.Path), out var opened);
        using var _ = opened;
        return error == FileSystemCalls.Denied;
    }

    private static SafeFileHandle Open(SafeFileHandle folder, byte[] path)
    {
        var error = FileSystemCalls.Open(folder, path, out var opened);
        return error == 0 ? opened : throw FileSystemCalls.Failed(error, Encoding.UTF8.GetString(path).TrimEnd('\0'));
    }

    // Access lists name owners by the ids that they have outside.
    private (string, byte[]) Inside((string Name, byte[] Value) attribute) =>
        attribute.Name.StartsWith("system.posix_acl_", StringComparison.Ordinal) ? (attribute.Name, AccessList.Inside(attribute.Value, _trees)) : attribute;

    private static byte[] PathOf(SafeFileHandle folder, string path) => TreeScan.Bytes($"/proc/self/fd/{folder.DangerousGetHandle()}/{path}");

    /// <summary>An entry with what lies in it.</summary>
    private sealed class Branch
    {
        public TreeEntry? Entry { get; set; }

        public int Part { get; set; }

        /// <summary>This user cannot read it: there is a copy.</summary>
        public bool Copied { get; set; }

        public Dictionary<string, Branch> Inside { get; } = new(StringComparer.Ordinal);
    }

    private sealed record LayerPart(StoredLayer Layer, SafeFileHandle Folder);
}
