using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>A folder for large files while they are worked on. It goes with its owner; what a killed one left goes with the next.</summary>
public sealed class ScratchFolder : IDisposable
{
    private const string Memory = "/dev/shm";
    private const string Prefix = ".imagebuilder-";
    private const string LockFile = "lock";

    // What virtual machines, writes to their disks and everybody else may need.
    private const long Spare = 3L << 30;

    private readonly FileLock _alive;

    private ScratchFolder(string path, FileLock alive) => (Path, _alive) = (path, alive);

    public string Path { get; }

    /// <summary>In memory, or null where there is not plenty of it for so many bytes.</summary>
    public static ScratchFolder? InMemory(long bytes) => Directory.Exists(Memory) && bytes < Math.Min(FreeMemory.Bytes() - Spare, new DriveInfo(Memory).AvailableFreeSpace)
        ? In(Memory) : null;

    /// <summary>In a folder: files can be renamed into it.</summary>
    public static ScratchFolder In(string parent)
    {
        foreach (var left in Directory.EnumerateDirectories(parent, Prefix + "*")) Sweep(left);
        while (true)
        {
            var path = System.IO.Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}"[..(Prefix.Length + 12)]);
            Directory.CreateDirectory(path);
            try
            {
                if (FileLock.Try(System.IO.Path.Combine(path, LockFile)) is { } alive) return new ScratchFolder(path, alive);
            }
            catch (DirectoryNotFoundException)
            {
                // Another process swept it before we could lock it.
            }
        }
    }

    public void Dispose()
    {
        Delete(Path);
        _alive.Dispose();
    }

    private static void Sweep(string folder)
    {
        try
        {
            using var dead = FileLock.Try(System.IO.Path.Combine(folder, LockFile));
            if (dead is not null) Delete(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            // Another user's, or just removed by its owner.
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A virtual machine's keeper was quicker.
        }
    }
}
