using System.Globalization;

namespace ImageBuilder.Engines.Local;

/// <summary>Folders for one run of a virtual machine: its disk, in memory where there is enough, and its socket, whose path must be short.</summary>
public sealed class MachineFolder : IDisposable
{
    private const string InMemory = "/dev/shm";

    // What the machine itself, its writes to the disk and everybody else may need.
    private const long Spare = 3L << 30;

    private MachineFolder(string path, string socket) => (Path, Socket) = (path, socket);

    public string Path { get; }

    /// <summary>Path for a UNIX socket: those may have 107 bytes at most.</summary>
    public string Socket { get; }

    public static MachineFolder For(string disk, string beside)
    {
        var name = $"imagebuilder-{Guid.NewGuid():N}"[..24];
        var parent = Directory.Exists(InMemory) && Allocated(disk) + Spare < Available() ? InMemory : beside;
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(parent, parent == InMemory ? name : "." + name)).FullName;
        return new MachineFolder(folder, folder.Length < 90 ? $"{folder}/agent" : $"/tmp/{name}");
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The machine ended by itself and its keeper was quicker.
        }

        if (!Socket.StartsWith(Path, StringComparison.Ordinal)) File.Delete(Socket);
    }

    private static long Allocated(string disk)
    {
        using var file = File.OpenHandle(disk);
        return SparseFile.Extents(file, RandomAccess.GetLength(file)).Sum(e => e.Length);
    }

    private static long Available() => File.ReadLines("/proc/meminfo").Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .FirstOrDefault();
}
