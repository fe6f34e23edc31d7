namespace ImageBuilder.Layers;

/// <summary>
/// A folder of the store in which one layer is being made. Its lock says that its process lives: whatever is found unlocked is swept away.
/// </summary>
public sealed class LayerWork : IDisposable
{
    private readonly FileLock _alive;

    internal LayerWork(string folder, FileLock alive)
    {
        (Folder, _alive) = (folder, alive);
        Directory.CreateDirectory(LayerFolder);
        // The root's own mode is that of the image's `/`: it must not depend on the caller's umask.
        Directory.CreateDirectory(Root);
        File.SetUnixFileMode(Root, Mode755);
    }

    private const UnixFileMode Mode755 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Folder { get; }

    /// <summary>What becomes of the layer.</summary>
    internal string LayerFolder => Path.Combine(Folder, "layer");

    /// <summary>The layer's files.</summary>
    public string Root => Path.Combine(LayerFolder, LayerFiles.Root);

    /// <summary>A folder beside the layer, made if need be.</summary>
    public string Beside(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;

    /// <summary>The files as they are now as a layer of this build alone, that no key leads to.</summary>
    public StoredLayer Unkept(Layer below) => new(below with { Key = "", Id = "" }, LayerFolder);

    /// <summary>Removes the folder now, where everything in it belongs to this user; what is only disposed of goes with the next sweep.</summary>
    public void Remove()
    {
        Directory.Delete(Folder, recursive: true);
        File.Delete(Folder + ".lock");
        Dispose();
    }

    public void Dispose() => _alive.Dispose();
}
