namespace ImageBuilder.Distros;

/// <summary>One binary package source of apt: a suite of a repository.</summary>
/// <param name="SignedBy">Keyring file, or null for apt's trusted keys.</param>
/// <param name="Trusted">The user said <c>trusted=yes</c>: signatures are not checked.</param>
public sealed record AptSource(string Uri, string Suite, IReadOnlyList<string> Components, string? SignedBy = null, bool Trusted = false)
{
    /// <summary>In the one-line style of sources.list(5).</summary>
    public override string ToString()
    {
        List<string> options = [];
        if (SignedBy is not null) options.Add($"signed-by={SignedBy}");
        if (Trusted) options.Add("trusted=yes");
        return $"deb {(options.Count == 0 ? "" : $"[{string.Join(' ', options)}] ")}{Uri} {Suite} {string.Join(' ', Components)}".TrimEnd();
    }
}
