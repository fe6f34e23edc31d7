using ImageBuilder.Records;

namespace ImageBuilder.Layers;

/// <summary>
/// Tells whether a layer's files are those that were stored. A glance at the stamps of all entries is enough where none has changed; else what
/// changed is read and compared with the digests in the list. Whatever a glance does not see, only a full check does: flips below the file system.
/// </summary>
internal sealed class TreeCheck(ILayerTrees trees, StoredLayer layer)
{
    // So few are looked at before a second core is woken.
    private const int Few = 512;

    private static readonly Dictionary<string, (TreeStamp, TreeEntry)> s_nothing = [];

    private string ListFile => Path.Combine(layer.Folder, LayerFiles.List);

    private string StampFile => Path.Combine(layer.Folder, LayerFiles.Stamps);

    /// <summary>Without reading contents, and without what this user cannot reach: whether anything differs.</summary>
    public bool LooksWhole() => Listed() is { } list && Stamps(list) is { } stamps && Glance(list, stamps) is not null;

    /// <summary>What is wrong with the layer, in words, or null.</summary>
    /// <param name="contents">True: every byte is read.</param>
    public async Task<string?> DamageAsync(bool contents, CancellationToken cancel)
    {
        try
        {
            var list = Listed();
            var stamps = list is null ? null : Stamps(list);
            if (!contents && list is not null && stamps is not null && await IsAsStampedAsync(list, stamps, cancel)) return null;
            var known = contents || list is null || stamps is null ? s_nothing
                : TreeList.Read(list).Zip(stamps).ToDictionary(e => e.First.Path, e => (e.Second, e.First));
            var found = await new TreeScan(trees, layer.Root, layer.Layer.Epoch).RunAsync(known, cancel);
            var now = TreeList.Write(found.Entries);
            if (TreeList.Digest(now) != layer.Layer.Manifest)
                return list is null ? "neither its list of files nor they themselves are as they were" : Difference(TreeList.Read(list), found.Entries);
            if (list is null) await AtomicFile.WriteAsync(ListFile, now, cancel);
            await AtomicFile.WriteAsync(StampFile, StampList.Write(layer.Layer.Manifest, found.Stamps), cancel);
            return null;
        }
        catch (IOException e)
        {
            return $"it cannot be read: {e.Message}";
        }
    }

    private byte[]? Listed() => LayerFiles.TryRead(ListFile) is { } list && TreeList.Digest(list) == layer.Layer.Manifest ? list : null;

    private TreeStamp[]? Stamps(byte[] list) =>
        LayerFiles.TryRead(StampFile) is { } stamps ? StampList.Read(stamps, layer.Layer.Manifest, TreeList.Paths(list).Length) : null;

    private async Task<bool> IsAsStampedAsync(byte[] list, TreeStamp[] stamps, CancellationToken cancel)
    {
        if (Glance(list, stamps) is not { } closed) return false;
        if (closed.Count == 0) return true;
        var paths = TreeList.Paths(list);
        var wanted = closed.ToDictionary(i => TreeList.PathAt(list, paths[i]), i => stamps[i]);
        // The folders that are closed themselves: each lists all below it.
        List<string> folders = [.. wanted.Keys.Select(p => p[..p.LastIndexOf('/')]).Distinct().Where(f => !wanted.ContainsKey(f))];
        var found = ClosedEntry.Parse(await trees.ListAsync(layer.Root, folders, contents: false, cancel)).ToDictionary(e => e.Path, e => e.Stamp);
        return wanted.All(w => found.TryGetValue(w.Key, out var stamp) && stamp == w.Value);
    }

    /// <returns>Null when something differs; else the entries that this user cannot look at.</returns>
    private List<int>? Glance(byte[] list, TreeStamp[] stamps)
    {
        var paths = TreeList.Paths(list);
        var closed = new List<int>();
        var differs = false;
        using var folder = TryOpen();
        if (folder is null) return null;
        void Look(int from, int to)
        {
            for (var i = from; i < to && !Volatile.Read(ref differs); i++)
            {
                var error = FileSystemCalls.State(folder, ref list[paths[i]], out var state);
                if (error == FileSystemCalls.Denied)
                {
                    lock (closed) closed.Add(i);
                }
                else if (error != 0 || TreeStamp.Of(state) != stamps[i])
                {
                    Volatile.Write(ref differs, true);
                }
            }
        }

        if (paths.Length <= Few) Look(0, paths.Length);
        else Parallel.For(0, (paths.Length + Few - 1) / Few, part => Look(part * Few, Math.Min(paths.Length, (part + 1) * Few)));
        return differs ? null : closed;
    }

    private Microsoft.Win32.SafeHandles.SafeFileHandle? TryOpen()
    {
        try
        {
            return FileSystemCalls.OpenFolder(layer.Root);
        }
        catch (IOException)
        {
            return null; // the check that follows says so
        }
    }

    private static string Difference(IReadOnlyList<TreeEntry> stored, IReadOnlyList<TreeEntry> found)
    {
        var (before, now) = (stored.ToDictionary(e => e.Path), found.ToDictionary(e => e.Path));
        var gone = stored.FirstOrDefault(e => !now.ContainsKey(e.Path));
        var more = found.FirstOrDefault(e => !before.ContainsKey(e.Path));
        var other = stored.FirstOrDefault(e => now.TryGetValue(e.Path, out var f) && f != e && !e.IsFolder)
            ?? stored.FirstOrDefault(e => now.TryGetValue(e.Path, out var f) && f != e);
        return gone is not null ? $"`{TreeList.Show(gone.Path)}` is missing"
            : more is not null ? $"`{TreeList.Show(more.Path)}` was added"
            : other is null ? "its list of files does not fit" : $"`{TreeList.Show(other.Path)}` has changed";
    }
}
