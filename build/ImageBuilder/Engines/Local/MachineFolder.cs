using ImageBuilder.FileSystems;

namespace ImageBuilder.Engines.Local;

/// <summary>Folder for one run of a virtual machine: its disk, in memory where there is enough, and its socket, whose path must be short.</summary>
public sealed class MachineFolder : IDisposable
{
    private readonly ScratchFolder _scratch;

    private MachineFolder(ScratchFolder scratch)
    {
        _scratch = scratch;
        Socket = Path.Length < 90 ? $"{Path}/agent" : $"/tmp/{System.IO.Path.GetFileName(Path)}";
    }

    public string Path => _scratch.Path;

    /// <summary>Path for a UNIX socket: those may have 107 bytes at most.</summary>
    public string Socket { get; }

    public static MachineFolder For(string disk, string beside) => new(ScratchFolder.InMemory(Allocated(disk)) ?? ScratchFolder.In(beside));

    public void Dispose()
    {
        _scratch.Dispose();
        if (!Socket.StartsWith(Path, StringComparison.Ordinal)) File.Delete(Socket);
    }

    private static long Allocated(string disk)
    {
        using var file = new RawDisk(disk);
        return file.DataSize();
    }
}
