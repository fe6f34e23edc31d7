namespace ImageBuilder.Layers;

/// <summary>Names of what a layer's folder holds.</summary>
internal static class LayerFiles
{
    /// <summary>The layer's files as they are in the image.</summary>
    public const string Root = "root";

    /// <summary>What the layer is, with the digest of the list.</summary>
    public const string Record = "layer.json";

    /// <summary>Every entry with its digest.</summary>
    public const string List = "files";

    /// <summary>Stamps of the entries, for checks that read no contents.</summary>
    public const string Stamps = "stamps";

    /// <summary>Locked (shared) by who uses the layer, or one above it; written when that began.</summary>
    public const string Use = "use";

    public static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
