namespace ImageBuilder.Layers;

/// <summary>Handles folders whose files may belong to ids that only exist inside a user namespace.</summary>
public interface ILayerTrees
{
    /// <summary>The id mapping that owners are written with, as text.</summary>
    string Owner { get; }

    /// <summary>Removes folders of the store with everything in them.</summary>
    Task RemoveAsync(IReadOnlyList<string> folders, CancellationToken cancel);

    Task<TreeMeasure> MeasureAsync(string root, CancellationToken cancel);

    /// <summary>Waits until everything written to the folder's file system is on disk.</summary>
    Task FlushAsync(string folder, CancellationToken cancel);
}

/// <summary>How much a tree holds.</summary>
/// <param name="Manifest">SHA-256 over the sorted list of its entries with type, mode, owner and size.</param>
public sealed record TreeMeasure(long Entries, long Bytes, string Manifest);
