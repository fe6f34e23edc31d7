namespace ImageBuilder.Model;

/// <summary>Where an object is: <c>s3://bucket/key</c>.</summary>
public sealed record ObjectAddress(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    /// <summary>Ends the key of an address that means everything below a prefix.</summary>
    private const string Everything = "/*";

    /// <summary>Null when the text is no such address. The key may be empty.</summary>
    public static ObjectAddress? TryParse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var cut = text.IndexOf('/', Scheme.Length);
        var bucket = cut < 0 ? text[Scheme.Length..] : text[Scheme.Length..cut];
        return bucket.Length == 0 ? null : new ObjectAddress(bucket, cut < 0 ? "" : text[(cut + 1)..]);
    }

    /// <summary>The prefix, with its slash, when the address ends with <c>/*</c>; else null.</summary>
    public ObjectAddress? Prefix => Key == "*" || Key.EndsWith(Everything, StringComparison.Ordinal) ? this with { Key = Key[..^1] } : null;

    public override string ToString() => $"{Scheme}{Bucket}/{Key}";
}

/// <summary>One version of an object.</summary>
/// <param name="Tag">Another one for another content: S3's ETag.</param>
public sealed record StoredObject(ObjectAddress Address, long Size, string Tag);

/// <summary>An object as a plan knows it.</summary>
/// <param name="Entry">Number of the input that names it, from 0.</param>
/// <param name="Address">As text, <c>s3://bucket/key</c>.</param>
public sealed record PinnedObject(int Entry, string Address, long Size, string Tag)
{
    /// <summary>What the input names, e.g. <c>s3://bucket/prefix/*</c>: in a loop it names another in each iteration.</summary>
    public string Source { get; init; } = "";
}
