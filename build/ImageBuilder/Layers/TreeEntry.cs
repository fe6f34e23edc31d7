namespace ImageBuilder.Layers;

/// <summary>A file, folder, link or device in a layer, with everything that makes it up.</summary>
/// <param name="Path">Relative to the layer's root, which is <c>.</c>; each character stands for a byte (Latin-1).</param>
/// <param name="Mode">Kind and permissions as in <c>st_mode</c>.</param>
/// <param name="Uid">As inside the user namespace.</param>
/// <param name="Size">Bytes of a file; else 0.</param>
/// <param name="Written">Nanoseconds since 1970; not later than the layer's epoch, because images have no later times either.</param>
/// <param name="Device">Numbers of a device.</param>
/// <param name="Same">Path of the entry before it that is the same file (a hard link), or empty.</param>
/// <param name="Content">SHA-256 of a file, target of a link; hex and Latin-1.</param>
/// <param name="Attributes">SHA-256 of the extended attributes that matter to an image, or empty.</param>
internal sealed record TreeEntry(
    string Path, ushort Mode, uint Uid, uint Gid, long Size, long Written, ulong Device, string Same, string Content, string Attributes)
{
    private const int KindMask = 0xF000; // S_IFMT

    public bool IsFile => (Mode & KindMask) == 0x8000;

    public bool IsFolder => (Mode & KindMask) == 0x4000;

    public bool IsLink => (Mode & KindMask) == 0xA000;
}

/// <summary>What shows at a glance that an entry is as it was: the kernel sets the change time and lets nobody else.</summary>
internal readonly record struct TreeStamp(ulong Inode, long Changed, long Size, ushort Mode)
{
    public static TreeStamp Of(in FileState state) => new(state.Inode, state.Changed, state.Size, state.Mode);
}

/// <summary>A tree as it was found.</summary>
/// <param name="Allocated">Bytes that it takes on disk.</param>
internal sealed record TreeFound(IReadOnlyList<TreeEntry> Entries, IReadOnlyList<TreeStamp> Stamps, long Allocated)
{
    /// <summary>Bytes of its files; those of files with several names count once.</summary>
    public long Bytes => Entries.Where(e => e.Same.Length == 0).Sum(e => e.Size);
}
