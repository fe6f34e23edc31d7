using System.Text.Json;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Layers;

/// <summary>
/// Layers by content key, in a folder that several builds share: <c>layers/&lt;key&gt;/</c> are whole and never change, <c>work/</c> is what is
/// being made, <c>locks/</c> keeps equal layers from being made twice. A layer appears by one rename, so a crash leaves it or leaves nothing.
/// </summary>
public sealed class LayerStore
{
    private static readonly string s_boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    // Roots that were kept to be looked into.
    private const string Kept = "kept";

    private readonly string _cache;
    private readonly ILayerTrees _trees;
    private readonly TimeProvider _clock;

    private LayerStore(string cache, ILayerTrees trees, TimeProvider clock) => (_cache, _trees, _clock) = (cache, trees, clock);

    /// <summary>The store as it is, to look for layers in it.</summary>
    public static LayerStore At(string cache, ILayerTrees trees, TimeProvider clock) => new(Path.GetFullPath(cache), trees, clock);

    /// <summary>Opens the store for work, makes its folders, and removes what dead processes left in it.</summary>
    public static async Task<LayerStore> OpenAsync(string cache, ILayerTrees trees, TimeProvider clock, CancellationToken cancel)
    {
        var store = At(cache, trees, clock);
        store.Guarded(() =>
        {
            foreach (var folder in (string[])["layers", "locks", "work"]) Directory.CreateDirectory(Path.Combine(store._cache, folder));
        });
        await store.SweepAsync(cancel);
        return store;
    }

    /// <summary>A folder of the cache for something else than layers, made if need be.</summary>
    public string Folder(string name)
    {
        var path = Path.Combine(_cache, name);
        Guarded(() => Directory.CreateDirectory(path));
        return path;
    }

    /// <summary>The layer with this key and all below it, or null when it, or one below, is missing or does not fit.</summary>
    public LayerChain? Find(string key)
    {
        var layers = new List<StoredLayer>();
        for (var next = key; next is not null; next = layers[^1].Layer.Parent)
        {
            var layer = Read(next);
            if (layer is null || (layers.Count > 0 && layers[^1].Layer.ParentId != layer.Layer.Id)) return null;
            layers.Add(layer);
        }

        layers.Reverse();
        return new LayerChain(layers);
    }

    /// <summary>Keeps others from making this layer. Take it, look again with <see cref="Find"/>, and only then make it.</summary>
    /// <param name="waiting">Called once, when another build is making it.</param>
    public Task<FileLock> LockAsync(string key, Action waiting, CancellationToken cancel) =>
        FileLock.TakeAsync(Path.Combine(_cache, "locks", key), waiting, _clock, cancel);

    /// <summary>A new, empty work folder.</summary>
    public LayerWork Begin()
    {
        while (true)
        {
            var name = Guid.NewGuid().ToString("N")[..12];
            var folder = Path.Combine(_cache, "work", name);
            var work = Guarded(() => FileLock.Try(folder + ".lock") is { } alive ? new LayerWork(folder, alive) : null);
            if (work is not null) return work;
        }
    }

    /// <summary>Makes the work folder's files the layer above the chain. Call it holding the key's lock.</summary>
    public async Task<LayerChain> CommitAsync(LayerWork work, LayerChain below, NewLayer made, CancellationToken cancel)
    {
        var measure = await _trees.MeasureAsync(work.Root, cancel);
        var layer = new Layer
        {
            Key = made.Key,
            Id = Guid.NewGuid().ToString("N"),
            Parent = below.Top?.Layer.Key,
            ParentId = below.Top?.Layer.Id,
            What = made.What,
            Status = made.Status,
            ExitCode = made.ExitCode,
            Epoch = made.Epoch,
            Outputs = made.Outputs,
            Created = _clock.GetUtcNow(),
            Seconds = Math.Round(made.Seconds, 3),
            Entries = measure.Entries,
            Bytes = measure.Bytes,
            Manifest = measure.Manifest,
            Boot = s_boot,
            Owner = _trees.Owner,
        };
        var target = LayerFolder(layer.Key);
        await WriteAsync(work.LayerFolder, layer, cancel);
        Guarded(() =>
        {
            // What is there under this key does not fit its parent any more, else it would have been used.
            if (Directory.Exists(target)) Directory.Move(target, Path.Combine(work.Folder, "replaced"));
            Directory.Move(work.LayerFolder, target);
        });
        return below.With(new StoredLayer(layer, target));
    }

    /// <summary>Waits until the chain is on disk and notes it, so that even a power cut does not cost it.</summary>
    public async Task SettleAsync(LayerChain chain, CancellationToken cancel)
    {
        var unsettled = chain.Layers.Where(l => l.Layer.Boot is not null).ToList();
        if (unsettled.Count == 0) return;
        await _trees.FlushAsync(_cache, cancel);
        foreach (var (layer, folder) in unsettled.Select(l => (l.Layer, l.Folder)))
            await WriteAsync(folder, layer with { Boot = null }, cancel);
    }

    /// <summary>Removes work folders that no living process holds.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        var dead = new List<(string Lock, FileLock Held)>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(_cache, "work"), "*.lock"))
                if (Guarded(() => FileLock.Try(path)) is { } held)
                    dead.Add((path, held));
            var folders = dead.Select(d => Path.ChangeExtension(d.Lock, null)).Where(Directory.Exists).ToList();
            if (folders.Count > 0) await _trees.RemoveAsync(folders, cancel);
            foreach (var (path, _) in dead) File.Delete(path);
        }
        finally
        {
            foreach (var (_, held) in dead) held.Dispose();
        }
    }

    /// <summary>Moves the work folder's layer to where it stays until somebody cleans.</summary>
    /// <returns>The new folder; it holds <c>root/</c>.</returns>
    public string Keep(LayerWork work, string name)
    {
        var kept = Path.Combine(Folder(Kept), $"{name}-{Path.GetFileName(work.Folder)}");
        Guarded(() => Directory.Move(work.LayerFolder, kept));
        return kept;
    }

    /// <summary>Removes every layer that is neither wanted, nor below a wanted one, nor made from a wanted one.</summary>
    /// <returns>What was removed. While another build uses the store that is a problem.</returns>
    public async Task<IReadOnlyList<Layer>> RemoveUnwantedAsync(IReadOnlySet<string> wanted, CancellationToken cancel)
    {
        if (Directory.EnumerateFiles(Path.Combine(_cache, "work"), "*.lock").FirstOrDefault() is { } busy)
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB4204", $"The cache `{_cache}` is in use.",
                $"Another build holds `{Path.GetFileName(busy)}`: the layers under it must stay.", "Wait until it has ended, then clean again."));
        var layers = Directory.EnumerateDirectories(Path.Combine(_cache, "layers")).Select(f => Read(Path.GetFileName(f))?.Layer)
            .OfType<Layer>().ToDictionary(l => l.Key);
        var kept = layers.Values.Where(l => wanted.Contains(l.Key) || (l.Parent is not null && wanted.Contains(l.Parent))).Select(l => l.Key).ToHashSet();
        for (var next = kept; next.Count > 0;)
        {
            next = [.. next.Select(k => layers.GetValueOrDefault(k)?.Parent).OfType<string>().Where(kept.Add)];
        }

        var roots = Path.Combine(_cache, Kept);
        if (Directory.Exists(roots)) await _trees.RemoveAsync([roots], cancel);
        List<Layer> unwanted = [.. layers.Values.Where(l => !kept.Contains(l.Key))];
        if (unwanted.Count == 0) return unwanted;
        using var work = Begin();
        foreach (var layer in unwanted) Guarded(() => Directory.Move(LayerFolder(layer.Key), Path.Combine(work.Folder, layer.Key)));
        await _trees.RemoveAsync([.. unwanted.Select(l => Path.Combine(work.Folder, l.Key))], cancel);
        return unwanted;
    }

    /// <summary>Problems of the file system with the cache, in words: no permission, no room.</summary>
    public void Guarded(Action action) => Guarded<object?>(() =>
    {
        action();
        return null;
    });

    private T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException e) when (StoreRoom.IsFull(e))
        {
            throw StoreRoom.Full(_cache, needed: null, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(_cache, e);
        }
    }

    private string LayerFolder(string key) => Path.Combine(_cache, "layers", key);

    private StoredLayer? Read(string key)
    {
        var folder = LayerFolder(key);
        Layer? layer;
        try
        {
            layer = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "layer.json")), LayerJson.Default.Layer);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null; // not there, or damaged: it is made again
        }

        if (layer is null || layer.Schema != Layer.SchemaVersion || layer.Key != key || layer.Boot is not null && layer.Boot != s_boot) return null;
        if (layer.Owner != _trees.Owner) throw Foreign(layer);
        return Directory.Exists(Path.Combine(folder, "root")) ? new StoredLayer(layer, folder) : null;
    }

    private ProblemException Foreign(Layer layer) => new(ExitCode.Prerequisites, new Problem("IB4201",
        $"The cache `{_cache}` belongs to another user.", $"Its files are owned with the ids `{layer.Owner}`, yours are `{_trees.Owner}`.",
        "Set IMAGEBUILDER_CACHE to a folder of your own."));

    private async Task WriteAsync(string folder, Layer layer, CancellationToken cancel)
    {
        try
        {
            await AtomicFile.WriteAsync(Path.Combine(folder, "layer.json"), JsonSerializer.SerializeToUtf8Bytes(layer, LayerJson.Default.Layer), cancel);
        }
        catch (ProblemException e) when (e.InnerException is IOException full && StoreRoom.IsFull(full))
        {
            throw StoreRoom.Full(_cache, needed: null, full);
        }
    }
}
