using ImageBuilder.Contracts;

namespace ImageBuilder.Layers;

/// <summary>
/// Looks through a store and takes out what shall go, while builds go on: under the gate, which is held for as long as renaming takes, it is
/// decided what nobody uses; it is deleted afterwards.
/// </summary>
public sealed class StoreCleaning(LayerStore store, TimeProvider clock)
{
    private const string Downloads = "packages";
    private const string Validated = "validated";

    private readonly StoreFiles _files = store.Files;

    public async Task<CacheContents> LookAsync(CancellationToken cancel)
    {
        using var alone = await store.AloneAsync(cancel);
        using var held = new HeldLocks();
        return Look(held);
    }

    /// <summary>Reads every byte of every layer.</summary>
    public async Task<CacheVerified> VerifyAsync(CancellationToken cancel)
    {
        var layers = (await LookAsync(cancel)).Layers;
        var damaged = new List<string>();
        foreach (var layer in layers)
            if (await store.VerifyAsync(layer.Key, cancel) is { } damage)
                damaged.Add(damage.ToString());
        return new CacheVerified(layers.Count, layers.Sum(l => l.Bytes), damaged);
    }

    public async Task<CacheCleaned> CleanAsync(CacheCleaning what, CancellationToken cancel)
    {
        // The usual end of a build: nothing has to be locked to see that there is room.
        if (what is { Wanted: null, OlderThan: null, Most: { } most } && Held() is var bytes && bytes <= most) return new CacheCleaned([], [], 0, 0, bytes);
        CacheCleaned cleaned;
        using (await store.AloneAsync(cancel))
        {
            // Let go of before the gate: who takes a layer then must find it unlocked.
            using var held = new HeldLocks();
            cleaned = Choose(Look(held), what);
            if (what.DryRun) return cleaned;
            foreach (var layer in cleaned.Layers) _files.Guarded(() => Directory.Move(_files.Layer(layer.Key), _files.NewRemoved(layer.Key)));
            foreach (var other in cleaned.Others)
                _files.Guarded(() => Directory.Move(Path.Combine(_files.Cache, other.Name), _files.NewRemoved(Path.GetFileName(other.Name))));
            RemoveMarks();
        }

        await store.SweepAsync(cancel);
        return cleaned;
    }

    private long Held()
    {
        using var nothing = new HeldLocks();
        return Directory.EnumerateDirectories(_files.Layers).Sum(f => _files.Read(Path.GetFileName(f)).Layer?.Layer.Allocated ?? 0)
            + Others(nothing).Sum(o => o.Bytes);
    }

    private CacheContents Look(HeldLocks held)
    {
        var all = new List<CachedLayer>();
        foreach (var folder in Directory.EnumerateDirectories(_files.Layers))
        {
            var used = LastUse(folder);
            var inUse = !held.Add(StoreFiles.TryAlone(folder));
            var layer = _files.Read(Path.GetFileName(folder)).Layer?.Layer;
            all.Add(new CachedLayer(Path.GetFileName(folder), layer?.Parent, layer?.What ?? "", layer?.Allocated ?? 0, layer?.Created ?? used, used, inUse));
        }

        return new CacheContents(_files.Cache, Inherited(all), [.. Others(held)]);
    }

    // What is above a layer uses it.
    private static List<CachedLayer> Inherited(List<CachedLayer> all)
    {
        var layers = all.ToDictionary(l => l.Key);
        foreach (var layer in all)
        {
            for (var next = layer; next.Parent is { } key && layers.TryGetValue(key, out var parent); next = layers[key])
            {
                var (used, inUse) = (Later(parent.LastUsed, next.LastUsed), parent.InUse || next.InUse);
                if (used == parent.LastUsed && inUse == parent.InUse) break;
                layers[key] = parent with { LastUsed = used, InUse = inUse };
            }
        }

        return [.. all.Select(l => layers[l.Key])];
    }

    private IEnumerable<CachedFolder> Others(HeldLocks held)
    {
        foreach (var folder in Directory.EnumerateDirectories(_files.Cache))
        {
            var name = Path.GetFileName(folder);
            if (name is "layers" or "locks" or "work" or "removed") continue;
            foreach (var path in name is Downloads or StoreFiles.Kept ? Directory.EnumerateDirectories(folder) : [folder])
            {
                var files = SafeFiles(path);
                var used = files.Select(f => (DateTimeOffset)f.LastWriteTimeUtc).Append(LastUse(path)).Max();
                var inUse = name == Downloads && !held.Add(StoreFiles.TryAlone(path));
                yield return new CachedFolder(Path.GetRelativePath(_files.Cache, path), files.Count, files.Sum(f => f.Length), used, inUse);
            }
        }
    }

    // Kept roots have folders that only exist inside the namespace: what cannot be reached does not count.
    private static List<FileInfo> SafeFiles(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions
        {
            RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint,
        }).Where(f => f.Name != LayerFiles.Use),
    ];

    private CacheCleaned Choose(CacheContents contents, CacheCleaning what)
    {
        var wanted = what.Wanted is null ? null : Needed(contents.Layers, what.Wanted);
        var before = what.OlderThan is { } age ? clock.GetUtcNow() - age : DateTimeOffset.MinValue;
        // What is no layer of ours any more is of no use to anybody.
        var going = contents.Layers.Where(l => l.What.Length == 0 || l.LastUsed < before || wanted?.Contains(l.Key) == false).Select(l => l.Key).ToHashSet();
        var others = contents.Others.Where(o => !o.InUse && (IsKept(o) ? what.Wanted is not null || o.LastUsed < before : IsDownload(o) && o.LastUsed < before)).ToList();
        if (what.Most is { } most) Trim(contents, most, going, others);
        var gone = contents.Layers.Where(l => going.Contains(l.Key) && !l.InUse).ToList();
        var bytes = gone.Sum(l => l.Bytes) + others.Sum(o => o.Bytes);
        return new CacheCleaned(gone, others, bytes, going.Count - gone.Count, contents.Bytes - bytes);
    }

    // What was used longest ago first; of a chain the top one first, because the others are of no less use without it.
    private static void Trim(CacheContents contents, long most, HashSet<string> going, List<CachedFolder> others)
    {
        var layers = contents.Layers.ToDictionary(l => l.Key);
        var left = contents.Bytes - contents.Layers.Where(l => going.Contains(l.Key) && !l.InUse).Sum(l => l.Bytes) - others.Sum(o => o.Bytes);
        var candidates = contents.Layers.Where(l => !l.InUse && !going.Contains(l.Key))
            .Select(l => (l.LastUsed, Depth: Depth(l), l.Bytes, Go: (Action)(() => going.Add(l.Key))))
            .Concat(contents.Others.Where(o => !o.InUse && !others.Contains(o) && (IsKept(o) || IsDownload(o)))
                .Select(o => (o.LastUsed, Depth: 0, o.Bytes, Go: (Action)(() => others.Add(o)))))
            .OrderBy(c => c.LastUsed).ThenByDescending(c => c.Depth);
        foreach (var candidate in candidates)
        {
            if (left <= most) return;
            candidate.Go();
            left -= candidate.Bytes;
        }

        int Depth(CachedLayer layer)
        {
            var depth = 0;
            for (var next = layer; next.Parent is { } key && layers.TryGetValue(key, out var parent); next = parent) depth++;
            return depth;
        }
    }

    private static HashSet<string> Needed(IReadOnlyList<CachedLayer> all, IReadOnlySet<string> wanted)
    {
        var layers = all.ToDictionary(l => l.Key);
        var needed = all.Where(l => wanted.Contains(l.Key) || (l.Parent is not null && wanted.Contains(l.Parent))).Select(l => l.Key).ToHashSet();
        for (var next = needed.ToList(); next.Count > 0;)
        {
            next = [.. next.Select(k => layers.GetValueOrDefault(k)?.Parent).OfType<string>().Where(needed.Add)];
        }

        return needed;
    }

    // What belongs to layers that are gone: locks that nobody holds, and notes that they were validated.
    private void RemoveMarks()
    {
        foreach (var path in Directory.EnumerateFiles(_files.Locks))
        {
            if (path == _files.Gate || Directory.Exists(_files.Layer(Path.GetFileName(path)))) continue;
            using var unused = FileLock.Try(path);
            if (unused is not null) File.Delete(path);
        }

        // What killed runs did not come to rename; who writes one has it locked.
        foreach (var path in Directory.EnumerateFiles(_files.Cache, "*.tmp"))
        {
            using var dead = FileLock.Try(path);
            if (dead is not null) File.Delete(path);
        }

        var folder = Path.Combine(_files.Cache, Validated);
        if (!Directory.Exists(folder)) return;
        var ids = Directory.EnumerateDirectories(_files.Layers).Select(f => _files.Read(Path.GetFileName(f)).Layer?.Layer.Id).OfType<string>().ToHashSet();
        foreach (var note in Directory.EnumerateFiles(folder).Where(note => !ids.Contains(File.ReadLines(note).FirstOrDefault("")))) File.Delete(note);
    }

    private static bool IsKept(CachedFolder other) => other.Name.StartsWith(StoreFiles.Kept + "/", StringComparison.Ordinal);

    private static bool IsDownload(CachedFolder other) => other.Name.StartsWith(Downloads + "/", StringComparison.Ordinal);

    private static DateTimeOffset LastUse(string folder)
    {
        var use = new FileInfo(Path.Combine(folder, LayerFiles.Use));
        return use.Exists ? use.LastWriteTimeUtc : Directory.GetLastWriteTimeUtc(folder);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>Locks on what nobody uses, held while it is decided what goes.</summary>
    private sealed class HeldLocks : IDisposable
    {
        private readonly List<FileLock> _locks = [];

        /// <returns>False where there is no lock to be had.</returns>
        public bool Add(FileLock? one)
        {
            if (one is not null) _locks.Add(one);
            return one is not null;
        }

        public void Dispose()
        {
            foreach (var one in _locks) one.Dispose();
            _locks.Clear();
        }
    }
}
