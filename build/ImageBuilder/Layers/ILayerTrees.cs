namespace ImageBuilder.Layers;

/// <summary>Handles folders whose files may belong to ids that only exist inside a user namespace.</summary>
public interface ILayerTrees
{
    /// <summary>The id mapping that owners are written with, as text.</summary>
    string Owner { get; }

    /// <summary>A file's owner and group as they are inside.</summary>
    (uint Uid, uint Gid) Inside(uint uid, uint gid);

    /// <summary>
    /// Lists what the current user cannot reach: the files and folders themselves and all below them. Fields end with a zero byte; eleven for each
    /// entry: the permissions (octal), the kind as <c>find</c> names it, owner, group, size, times of writing and of change (seconds with a
    /// fraction), inode, blocks of 512 bytes, path, target of a link. After an empty field, and where contents are asked for, SHA-256 and path of each file.
    /// </summary>
    /// <param name="paths">Relative to the root; each character stands for a byte.</param>
    Task<byte[]> ListAsync(string root, IReadOnlyList<string> paths, bool contents, CancellationToken cancel);

    /// <summary>Which of some folders, that the current user cannot look at, hide what lower layers have in them.</summary>
    /// <param name="folders">Relative to the root; each character stands for a byte.</param>
    Task<IReadOnlySet<string>> OpaqueAsync(string root, IReadOnlyList<string> folders, CancellationToken cancel);

    /// <summary>Copies files that the current user cannot read to where it can, under their paths, with their extended attributes.</summary>
    /// <param name="paths">Relative to the root; each character stands for a byte.</param>
    /// <param name="to">A folder of the current user.</param>
    Task CopyAsync(string root, IReadOnlyList<string> paths, string to, CancellationToken cancel);

    /// <summary>Removes folders of the store with everything in them.</summary>
    Task RemoveAsync(IReadOnlyList<string> folders, CancellationToken cancel);

    /// <summary>Waits until everything written to the folder's file system is on disk.</summary>
    Task FlushAsync(string folder, CancellationToken cancel);
}
