using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Layers;

/// <summary>Reads a tree: what its entries are and hold. What this user cannot reach is listed inside the user namespace.</summary>
/// <param name="epoch">Unix seconds; later times count as this one.</param>
internal sealed class TreeScan(ILayerTrees trees, string root, long epoch)
{
    private static readonly string s_empty = Convert.ToHexStringLower(SHA256.HashData([]));

    private readonly List<(string Path, FileState State)> _reached = [];
    private readonly List<string> _closed = [];

    /// <param name="known">Entries that need not be read again where their stamp is still the same.</param>
    public async Task<TreeFound> RunAsync(IReadOnlyDictionary<string, (TreeStamp Stamp, TreeEntry Entry)> known, CancellationToken cancel)
    {
        using var folder = FileSystemCalls.OpenFolder(root);
        Walk(folder);
        _reached.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        var same = SameFiles();
        var found = Entries(folder, same, known, cancel);
        var closed = _closed.Count == 0 ? [] : ClosedEntry.Parse(await trees.ListAsync(root, _closed, contents: true, cancel));
        var unread = closed.ToDictionary(c => c.Path);
        List<(TreeEntry Entry, TreeStamp Stamp)> all = [.. found.Select(f => unread.TryGetValue(f.Entry.Path, out var c) ? (c.Entry(epoch), f.Stamp) : f)];
        all.AddRange(closed.Where(c => !found.Any(f => f.Entry.Path == c.Path)).Select(c => (c.Entry(epoch), c.Stamp)));
        all.Sort((a, b) => string.CompareOrdinal(a.Entry.Path, b.Entry.Path));
        var blocks = _reached.Index().Where(r => same[r.Index].Length == 0).Sum(r => r.Item.State.Blocks) + closed.Sum(c => c.Blocks);
        return new TreeFound([.. all.Select(a => a.Entry)], [.. all.Select(a => a.Stamp)], blocks * 512);
    }

    /// <summary>A path as system calls take it.</summary>
    public static byte[] Bytes(string path) => Encoding.Latin1.GetBytes(path + "\0");

    private void Walk(SafeFileHandle folder)
    {
        var pending = new Stack<string>(["."]);
        _reached.Add((".", State(folder, ".")));
        while (pending.TryPop(out var path))
        {
            var error = FileSystemCalls.Open(folder, Bytes(path), out var opened);
            using var _ = opened;
            if (error == FileSystemCalls.Denied)
            {
                _closed.Add(path);
                continue;
            }

            if (error != 0) throw FileSystemCalls.Failed(error, TreeList.Show(path));
            foreach (var name in FileSystemCalls.Names(opened).Select(Encoding.Latin1.GetString))
            {
                var child = path == "." ? name : $"{path}/{name}";
                var state = State(folder, child);
                _reached.Add((child, state));
                if ((state.Mode & 0xF000) == 0x4000) pending.Push(child);
            }
        }
    }

    private static FileState State(SafeFileHandle folder, string path)
    {
        var error = FileSystemCalls.State(folder, ref Bytes(path)[0], out var state);
        return error == 0 ? state : throw FileSystemCalls.Failed(error, TreeList.Show(path));
    }

    // For each entry the first path of the same file, where that is another one.
    private string[] SameFiles()
    {
        var first = new Dictionary<ulong, string>();
        return
        [
            .. _reached.Select(r => r.State.Links < 2 || (r.State.Mode & 0xF000) == 0x4000 || first.TryAdd(r.State.Inode, r.Path) ? "" : first[r.State.Inode]),
        ];
    }

    private (TreeEntry Entry, TreeStamp Stamp)[] Entries(SafeFileHandle folder, string[] same,
        IReadOnlyDictionary<string, (TreeStamp Stamp, TreeEntry Entry)> known, CancellationToken cancel)
    {
        var found = new (TreeEntry, TreeStamp)[_reached.Count];
        var denied = new ConcurrentBag<string>();
        Parallel.For(0, found.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var (path, state) = _reached[i];
            var stamp = TreeStamp.Of(state);
            found[i] = (known.TryGetValue(path, out var k) && k.Stamp == stamp ? k.Entry with { Same = same[i] }
                : Entry(folder, path, state, same[i], denied), stamp);
        });
        _closed.AddRange(denied);
        return found;
    }

    private TreeEntry Entry(SafeFileHandle folder, string path, in FileState state, string same, ConcurrentBag<string> denied)
    {
        var (uid, gid) = trees.Inside(state.Uid, state.Gid);
        var device = ((ulong)state.DeviceMajor << 32) | state.DeviceMinor;
        var entry = new TreeEntry(path, state.Mode, uid, gid, 0, Math.Min(state.Written, epoch * 1_000_000_000), device, same, "", "");
        if (entry.IsFile) entry = entry with { Size = state.Size };
        if (!entry.IsFile || same.Length > 0 || state.Size == 0)
        {
            var content = entry.IsLink ? Encoding.Latin1.GetString(FileSystemCalls.Target(folder, Bytes(path))) : entry.IsFile && same.Length == 0 ? s_empty : "";
            return entry with { Content = content, Attributes = Attributes(folder, path) };
        }

        var error = FileSystemCalls.Open(folder, Bytes(path), out var opened);
        using var _ = opened;
        if (error == FileSystemCalls.Denied)
        {
            denied.Add(path);
            return entry;
        }

        return error == 0 ? entry with { Content = ContentOf(opened), Attributes = Attributes(folder, path, opened) }
            : throw FileSystemCalls.Failed(error, TreeList.Show(path));
    }

    // There is no system call for attributes that takes an open folder. To find that there are none it is quicker to ask the file, where it is open.
    private static string Attributes(SafeFileHandle folder, string path, SafeFileHandle? opened = null)
    {
        if (opened is not null && FileSystemCalls.AttributeNames(opened).Count == 0) return "";
        var name = Bytes($"/proc/self/fd/{folder.DangerousGetHandle()}/{path}");
        return TreeAttributes.Digest(name, FileSystemCalls.AttributeNames(name));
    }

    private static string ContentOf(SafeFileHandle file)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long at = 0;
            while (RandomAccess.Read(file, buffer, at) is var count && count > 0)
            {
                digest.AppendData(buffer, 0, count);
                at += count;
            }

            return Convert.ToHexStringLower(digest.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
