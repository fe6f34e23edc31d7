using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>A file, folder, link or device that a file system shall hold.</summary>
/// <param name="Path">Relative to the root, which is <c>.</c>; each character stands for a byte (Latin-1).</param>
/// <param name="Mode">Kind and permissions as in <c>st_mode</c>.</param>
/// <param name="Size">Bytes of a file; else 0.</param>
/// <param name="Written">Nanoseconds since 1970.</param>
public sealed record TreeNode(string Path, ushort Mode, uint Uid, uint Gid, long Size, long Written)
{
    private const int KindMask = 0xF000; // S_IFMT

    /// <summary>Numbers of a device: major above minor.</summary>
    public ulong Device { get; init; }

    /// <summary>Path of the node that is the same file (a hard link), or empty.</summary>
    public string Same { get; init; } = "";

    /// <summary>Where a symbolic link leads to.</summary>
    public byte[] Target { get; init; } = [];

    /// <summary>Extended attributes by their full names, values as <c>getxattr(2)</c> gives them.</summary>
    public IReadOnlyList<(string Name, byte[] Value)> Attributes { get; init; } = [];

    /// <summary>Files of one part lie together and apart from those of others: what changes in one moves nothing in the parts before it.</summary>
    public int Part { get; init; }

    /// <summary>Opens a file's content.</summary>
    public Func<SafeFileHandle>? Open { get; init; }

    public bool IsFile => (Mode & KindMask) == 0x8000;

    public bool IsFolder => (Mode & KindMask) == 0x4000;

    public bool IsLink => (Mode & KindMask) == 0xA000;

    public bool IsDevice => (Mode & KindMask) is 0x2000 or 0x6000;

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Path of the folder it lies in.</summary>
    public string Folder => Path.LastIndexOf('/') is var slash and >= 0 ? Path[..slash] : ".";
}
