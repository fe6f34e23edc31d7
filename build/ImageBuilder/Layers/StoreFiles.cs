using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Layers;

/// <summary>Where things are in a store's folder, and the problems of its file system in words.</summary>
internal sealed class StoreFiles(string cache, string owner)
{
    /// <summary>Roots that were kept to be looked into.</summary>
    public const string Kept = "kept";

    public string Cache => cache;

    public string Layers => Path.Combine(cache, "layers");

    public string Work => Path.Combine(cache, "work");

    /// <summary>Layers that were taken out of the store and go when nobody uses them any more.</summary>
    public string Removed => Path.Combine(cache, "removed");

    public string Locks => Path.Combine(cache, "locks");

    public string Gate => Path.Combine(cache, "locks", "gate");

    public string Lock(string key) => Path.Combine(cache, "locks", key);

    public string Layer(string key) => Path.Combine(cache, "layers", key);

    public string NewRemoved(string name) => Path.Combine(Removed, $"{name}.{Guid.NewGuid():N}"[..Math.Min(name.Length + 13, 200)]);

    public void MakeFolders() => Guarded(() =>
    {
        foreach (var folder in (string[])[Layers, Locks, Work, Removed]) Directory.CreateDirectory(folder);
    });

    public string Folder(string name)
    {
        var path = Path.Combine(cache, name);
        Guarded(() => Directory.CreateDirectory(path));
        return path;
    }

    /// <summary>The layer with this key; or, where there is something under it that is none, why. Neither when there is nothing that could be used.</summary>
    public (StoredLayer? Layer, string? Why) Read(string key)
    {
        var folder = Layer(key);
        if (LayerFiles.TryRead(Path.Combine(folder, LayerFiles.Record)) is not { } bytes)
            return (null, Directory.Exists(folder) ? $"`{LayerFiles.Record}` is missing" : null);
        var layer = LayerRecord.Read(bytes);
        if (layer is null || layer.Key != key) return (null, $"`{LayerFiles.Record}` has changed");
        if (layer.Schema != ImageBuilder.Layers.Layer.SchemaVersion) return (null, null);
        if (layer.Owner != owner) throw Foreign(layer);
        return Directory.Exists(Path.Combine(folder, LayerFiles.Root)) ? (new StoredLayer(layer, folder), null) : (null, $"`{LayerFiles.Root}` is missing");
    }

    /// <summary>The use lock of a layer's folder for us alone; null when it is in use, or gone.</summary>
    public static FileLock? TryAlone(string folder)
    {
        try
        {
            return FileLock.Try(Path.Combine(folder, LayerFiles.Use));
        }
        catch (DirectoryNotFoundException)
        {
            return null; // another process removes it too
        }
    }

    public async Task WriteAsync(string folder, string name, byte[] content, CancellationToken cancel)
    {
        try
        {
            await AtomicFile.WriteAsync(Path.Combine(folder, name), content, cancel);
        }
        catch (ProblemException e) when (e.InnerException is IOException full && Room.IsFull(full))
        {
            throw StoreRoom.Full(cache, needed: null, full);
        }
    }

    public void Guarded(Action action) => Guarded<object?>(() =>
    {
        action();
        return null;
    });

    public T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException e) when (Room.IsFull(e))
        {
            throw StoreRoom.Full(cache, needed: null, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(cache, e);
        }
    }

    private ProblemException Foreign(Layer layer) => new(ExitCode.Prerequisites, new Problem("IB4201",
        $"The cache `{cache}` belongs to another user.", $"Its files are owned with the ids `{layer.Owner}`, yours are `{owner}`.",
        "Set IMAGEBUILDER_CACHE to a folder of your own."));
}
