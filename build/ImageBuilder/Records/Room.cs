using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ImageBuilder.Records;

/// <summary>What is free on a file system: either can run out.</summary>
/// <param name="Files">Null where the file system has no limit for them.</param>
public sealed record Room(long Bytes, long? Files)
{
    private const int NoSpace = 28; // ENOSPC
    private const int Quota = 122; // EDQUOT

    /// <summary>The room where a file or folder is, or will be.</summary>
    public static Room Of(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder) ?? "/";
        return StatVfs(Encoding.UTF8.GetBytes(folder + "\0"), out var state) == 0
            ? new Room((long)(state.Available * state.Fragment), state.Files == 0 ? null : (long)state.FreeFiles)
            : new Room(new DriveInfo(folder).AvailableFreeSpace, null);
    }

    public static bool IsFull(IOException e) => e.HResult is NoSpace or Quota;

    /// <summary><c>12 MB and 3456 files</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1_000_000.0:0} MB{(Files is { } files ? $" and {files} files" : "")}");

    [DllImport("libc", EntryPoint = "statvfs", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatVfs(byte[] path, out State state);

    // struct statvfs of 64-bit Linux.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct State
    {
        [FieldOffset(8)] public ulong Fragment;
        [FieldOffset(32)] public ulong Available;
        [FieldOffset(40)] public ulong Files;
        [FieldOffset(56)] public ulong FreeFiles;
    }
}
