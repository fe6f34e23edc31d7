using System.Collections.Concurrent;
using ImageBuilder.Contracts;

namespace ImageBuilder.Layers;

/// <summary>
/// Layers by content key, in a folder that several builds share: <c>layers/&lt;key&gt;/</c> are whole and never change, <c>work/</c> is what is
/// being made, <c>removed/</c> what goes when nobody uses it any more, <c>locks/</c> keeps equal layers from being made twice. A layer appears and
/// disappears by one rename, so a crash leaves it or leaves nothing. What a store has taken or made is in use until the store is disposed.
/// </summary>
public sealed class LayerStore : IDisposable
{
    private const double SecondsWorthWaiting = 3;

    private static readonly string s_boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private readonly TimeProvider _clock;
    private readonly ConcurrentBag<FileLock> _uses = [];

    // Ids of layers that this store has checked, or made.
    private readonly ConcurrentDictionary<string, bool> _whole = [];

    private LayerStore(string cache, ILayerTrees trees, TimeProvider clock)
    {
        (Trees, _clock) = (trees, clock);
        Files = new StoreFiles(cache, trees.Owner);
    }

    internal StoreFiles Files { get; }

    internal ILayerTrees Trees { get; }

    /// <summary>The store as it is, to look for layers in it.</summary>
    public static LayerStore At(string cache, ILayerTrees trees, TimeProvider clock) => new(Path.GetFullPath(cache), trees, clock);

    /// <summary>Opens the store for work, makes its folders, and removes what dead processes left in it.</summary>
    public static async Task<LayerStore> OpenAsync(string cache, ILayerTrees trees, TimeProvider clock, CancellationToken cancel)
    {
        var store = At(cache, trees, clock);
        store.Files.MakeFolders();
        await store.SweepAsync(cancel);
        return store;
    }

    /// <summary>A folder of the cache for something else than layers, made if need be.</summary>
    public string Folder(string name) => Files.Folder(name);

    /// <summary>As <see cref="Folder"/>, and in use until the result is disposed: nobody cleans it.</summary>
    public async Task<FileLock> UseFolderAsync(string name, CancellationToken cancel)
    {
        var use = Path.Combine(Folder(name), LayerFiles.Use);
        var held = await FileLock.TakeAsync(() => Files.Guarded(() => FileLock.TryShared(use)), () => { }, _clock, cancel);
        held.Touch(_clock.GetUtcNow());
        return held;
    }

    /// <summary>
    /// The layer with this key and all below it, or null when it, or one below, is missing or does not fit. Only a look: to use layers,
    /// <see cref="TakeAsync"/> them.
    /// </summary>
    public LayerChain? Find(string key) => Read(key).Chain;

    /// <summary>As <see cref="Find"/>, and nothing about the files of these layers tells of damage. Contents are not read: milliseconds.</summary>
    /// <param name="looked">Ids of layers that this run has looked at, which are not looked at again.</param>
    public LayerChain? LookAt(string key, ConcurrentDictionary<string, bool> looked) => Find(key) is { } chain && chain.Layers.All(l =>
        (l.Layer.Boot ?? s_boot) == s_boot && (looked.ContainsKey(l.Layer.Id) || (new TreeCheck(Trees, l).LooksWhole() && (looked[l.Layer.Id] = true))))
        ? chain : null;

    /// <summary>
    /// The layer with this key and all below it, whole and in use from now on, or null. Damaged layers are taken out of the store, so that they are
    /// made again.
    /// </summary>
    /// <param name="damaged">Is told of each of them.</param>
    public async Task<LayerChain?> TakeAsync(string key, Action<LayerDamage> damaged, CancellationToken cancel)
    {
        while (true)
        {
            (LayerChain? Chain, LayerDamage? Damage) read;
            using (await GateAsync(cancel))
            {
                read = Read(key);
                if (read.Chain is { } there) Use(there.Top!.Folder); // a chain that was read has a top
            }

            var damage = read.Damage ?? (read.Chain is null ? null : await CheckAsync(read.Chain, cancel));
            if (damage is null) return read.Chain;
            if (await DiscardAsync(damage, contents: false, cancel)) damaged(damage);
        }
    }

    /// <summary>
    /// What <see cref="TakeAsync"/> would come to, without taking or discarding anything: contents are read only of what looks damaged.
    /// </summary>
    /// <param name="looked">Ids of layers that this run has looked at, which are not looked at again.</param>
    public async Task<(LayerChain? Chain, PartState State)> ForeseeAsync(string key, ConcurrentDictionary<string, bool> looked, CancellationToken cancel)
    {
        var (chain, _) = Read(key);
        if (chain is null) return (null, Files.Read(key) is var (own, why) && own is null ? why is null ? PartState.Missing : PartState.Damaged : Below(own));
        foreach (var stored in chain.Layers.Where(l => !looked.ContainsKey(l.Layer.Id)))
        {
            var (check, cut) = (new TreeCheck(Trees, stored), stored.Layer.Boot is { } boot && boot != s_boot);
            if ((cut || !check.LooksWhole()) && await check.DamageAsync(contents: cut, cancel) is not null)
                return (null, stored == chain.Top ? PartState.Damaged : PartState.Detached);
            looked[stored.Layer.Id] = true;
        }

        return (chain, PartState.There);
    }

    /// <summary>Id of the layer with this key, whether it can be used or not.</summary>
    public string? IdOf(string key) => Files.Read(key).Layer?.Layer.Id;

    // What is below it is gone, or another one is there.
    private PartState Below(StoredLayer layer) => layer.Layer.Parent is not { } parent || Files.Read(parent).Layer is not { } below ? PartState.Detached
        : below.Layer.Id != layer.Layer.ParentId ? PartState.Unfit : Below(below);

    /// <summary>True when a folder of the cache for something else than layers has this file.</summary>
    public bool HasFile(string name) => File.Exists(Path.Combine(Files.Cache, name));

    /// <summary>Reads every byte of one layer and takes it out of the store when it is damaged.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public async Task<LayerDamage?> VerifyAsync(string key, CancellationToken cancel)
    {
        var (stored, why) = Files.Read(key);
        if (stored is not null) why = await new TreeCheck(Trees, stored).DamageAsync(contents: true, cancel);
        if (why is null) return null;
        var damage = new LayerDamage(key, stored?.Layer.What ?? "", why);
        return await DiscardAsync(damage, contents: true, cancel) ? damage : null;
    }

    /// <summary>Keeps others from making this layer. Take it, look again with <see cref="TakeAsync"/>, and only then make it.</summary>
    /// <param name="waiting">Called once, when another build is making it.</param>
    public Task<FileLock> LockAsync(string key, Action waiting, CancellationToken cancel) => FileLock.TakeAsync(() =>
    {
        // Lock files are only removed by who has the gate alone.
        using var gate = FileLock.TryShared(Files.Gate);
        return gate is null ? null : Files.Guarded(() => FileLock.Try(Files.Lock(key)));
    }, waiting, _clock, cancel);

    /// <summary>A new, empty work folder.</summary>
    public LayerWork Begin()
    {
        while (true)
        {
            var folder = Path.Combine(Files.Work, Guid.NewGuid().ToString("N")[..12]);
            var work = Files.Guarded(() => FileLock.Try(folder + ".lock") is { } alive ? new LayerWork(folder, alive) : null);
            if (work is not null) return work;
        }
    }

    /// <summary>Makes the work folder's files the layer above the chain, in use. Call it holding the key's lock.</summary>
    public async Task<LayerChain> CommitAsync(LayerWork work, LayerChain below, NewLayer made, CancellationToken cancel)
    {
        var found = await new TreeScan(Trees, work.Root, made.Epoch).RunAsync(new Dictionary<string, (TreeStamp, TreeEntry)>(), cancel);
        var list = TreeList.Write(found.Entries);
        var layer = Describe(below, made, found, TreeList.Digest(list));
        var target = Files.Layer(layer.Key);
        // Not flushed: the record knows the list's digest, and whoever finds no stamps makes them.
        Files.Guarded(() =>
        {
            File.WriteAllBytes(Path.Combine(work.LayerFolder, LayerFiles.List), list);
            File.WriteAllBytes(Path.Combine(work.LayerFolder, LayerFiles.Stamps), StampList.Write(layer.Manifest, found.Stamps));
        });
        await Files.WriteAsync(work.LayerFolder, LayerFiles.Record, LayerRecord.Write(layer), cancel);
        Use(work.LayerFolder);
        using (await GateAsync(cancel))
            Files.Guarded(() =>
            {
                // What is there under this key does not fit its parent any more, else it would have been used.
                if (Directory.Exists(target)) Directory.Move(target, Files.NewRemoved(layer.Key));
                Directory.Move(work.LayerFolder, target);
            });
        _whole[layer.Id] = true;
        return below.With(new StoredLayer(layer, target));
    }

    /// <summary>
    /// Waits until the chain is on disk and notes it, so that even a power cut does not cost it. Not for layers that are quickly made again: to
    /// wait for everything that anybody has written may take longer than that.
    /// </summary>
    public async Task SettleAsync(LayerChain chain, CancellationToken cancel)
    {
        var unsettled = chain.Layers.Where(l => l.Layer.Boot is not null).ToList();
        if (unsettled.Sum(l => l.Layer.Seconds) < SecondsWorthWaiting) return;
        await Trees.FlushAsync(Files.Cache, cancel);
        foreach (var (layer, folder) in unsettled.Select(l => (l.Layer, l.Folder)))
            await Files.WriteAsync(folder, LayerFiles.Record, LayerRecord.Write(layer with { Boot = null }), cancel);
    }

    /// <summary>Removes work folders that no living process holds, and removed layers that nobody uses any more.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        var (held, folders, locks) = (new List<FileLock>(), new List<string>(), new List<string>());
        try
        {
            foreach (var path in Directory.EnumerateFiles(Files.Work, "*.lock"))
            {
                if (Files.Guarded(() => FileLock.Try(path)) is not { } dead) continue;
                held.Add(dead);
                locks.Add(path);
                if (Path.ChangeExtension(path, null) is var folder && Directory.Exists(folder)) folders.Add(folder);
            }

            foreach (var folder in Directory.EnumerateDirectories(Files.Removed))
            {
                if (StoreFiles.TryAlone(folder) is not { } unused) continue;
                held.Add(unused);
                folders.Add(folder);
            }

            if (folders.Count > 0) await Trees.RemoveAsync(folders, cancel);
            foreach (var path in locks) File.Delete(path);
        }
        finally
        {
            foreach (var one in held) one.Dispose();
        }
    }

    /// <summary>Moves the work folder's layer to where it stays until somebody cleans.</summary>
    /// <returns>The new folder; it holds <c>root/</c>.</returns>
    public string Keep(LayerWork work, string name)
    {
        var kept = Path.Combine(Folder(StoreFiles.Kept), $"{name}-{Path.GetFileName(work.Folder)}");
        Files.Guarded(() => Directory.Move(work.LayerFolder, kept));
        return kept;
    }

    /// <summary>Problems of the file system with the cache, in words: no permission, no room.</summary>
    public void Guarded(Action action) => Files.Guarded(action);

    /// <summary>Nothing is in use by this store any more.</summary>
    public void Dispose()
    {
        while (_uses.TryTake(out var use)) use.Dispose();
    }

    /// <summary>Who holds the gate alone may take layers out of the store; shared, layers stay where they are.</summary>
    internal Task<FileLock> AloneAsync(CancellationToken cancel) =>
        FileLock.TakeAsync(() => Files.Guarded(() => FileLock.Try(Files.Gate)), () => { }, _clock, cancel);

    private Task<FileLock> GateAsync(CancellationToken cancel) =>
        FileLock.TakeAsync(() => Files.Guarded(() => FileLock.TryShared(Files.Gate)), () => { }, _clock, cancel);

    // All layers below are in use with it. Only who has the gate alone locks one alone.
    private void Use(string folder)
    {
        var use = Files.Guarded(() => FileLock.TryShared(Path.Combine(folder, LayerFiles.Use)))
            ?? throw new InvalidOperationException($"{folder} is locked, though nobody has the gate alone.");
        use.Touch(_clock.GetUtcNow());
        _uses.Add(use);
    }

    private Layer Describe(LayerChain below, NewLayer made, TreeFound found, string manifest) => new()
    {
        Key = made.Key,
        Id = LayerRecord.Id(made, below.Top?.Layer.Id, manifest),
        Parent = below.Top?.Layer.Key,
        ParentId = below.Top?.Layer.Id,
        What = made.What,
        Status = made.Status,
        ExitCode = made.ExitCode,
        Epoch = made.Epoch,
        Outputs = made.Outputs,
        Created = _clock.GetUtcNow(),
        Seconds = Math.Round(made.Seconds, 3),
        Entries = found.Entries.Count - 1, // the root itself is none
        Bytes = found.Bytes,
        Allocated = found.Allocated,
        Manifest = manifest,
        Boot = s_boot,
        Owner = Trees.Owner,
    };

    private (LayerChain? Chain, LayerDamage? Damage) Read(string key)
    {
        var layers = new List<StoredLayer>();
        for (var next = key; next is not null; next = layers[^1].Layer.Parent)
        {
            var (layer, why) = Files.Read(next);
            if (why is not null) return (null, new LayerDamage(next, "", why));
            if (layer is null || (layers.Count > 0 && layers[^1].Layer.ParentId != layer.Layer.Id)) return (null, null);
            layers.Add(layer);
        }

        layers.Reverse();
        return (new LayerChain(layers), null);
    }

    private async Task<LayerDamage?> CheckAsync(LayerChain chain, CancellationToken cancel)
    {
        foreach (var stored in chain.Layers.Where(l => !_whole.ContainsKey(l.Layer.Id)))
        {
            // What a power cut may have kept from the disk is read: the stamps may be there and the bytes not.
            var cut = stored.Layer.Boot is { } boot && boot != s_boot;
            if (await new TreeCheck(Trees, stored).DamageAsync(contents: cut, cancel) is { } why)
                return new LayerDamage(stored.Layer.Key, stored.Layer.What, why);
            if (cut) await Files.WriteAsync(stored.Folder, LayerFiles.Record, LayerRecord.Write(stored.Layer with { Boot = null }), cancel);
            _whole[stored.Layer.Id] = true;
        }

        return null;
    }

    // Looks again, alone: somebody else may have made it anew in the meantime. Who uses it goes on with what it has.
    private async Task<bool> DiscardAsync(LayerDamage damage, bool contents, CancellationToken cancel)
    {
        using var alone = await AloneAsync(cancel);
        var (stored, why) = Files.Read(damage.Key);
        if (stored is null && why is null) return false;
        if (stored is not null && await new TreeCheck(Trees, stored).DamageAsync(contents || stored.Layer.Boot is not null, cancel) is null) return false;
        Files.Guarded(() => Directory.Move(Files.Layer(damage.Key), Files.NewRemoved(damage.Key)));
        if (stored is not null) _whole.TryRemove(stored.Layer.Id, out _);
        return true;
    }
}

/// <summary>A layer that is not any more what was stored.</summary>
/// <param name="What">What it is of: a step's id, <c>seal</c>, the parent image; empty where even that is lost.</param>
public sealed record LayerDamage(string Key, string What, string Why)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"The layer {(What.Length > 0 ? $"of `{What}`" : $"`{Key[..Math.Min(12, Key.Length)]}…`")} in the cache is damaged ({Why}): it is made again.";
}
