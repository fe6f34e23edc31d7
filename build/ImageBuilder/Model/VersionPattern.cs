using System.Globalization;

namespace ImageBuilder.Model;

/// <summary>A version with wildcards as suffix: <c>1.2.3</c>, <c>1.2.x</c>, <c>1.x.x</c>, <c>x.x.x</c>. A null part is a wildcard.</summary>
public sealed record VersionPattern(int? Major, int? Minor, int? Patch)
{
    public bool IsFixed => Patch is not null;

    public static VersionPattern? TryParse(string text)
    {
        if (text.Split('.') is not [var major, var minor, var patch]) return null;
        if (!Part(major, out var a) || !Part(minor, out var b) || !Part(patch, out var c)) return null;
        return (a is null && b is not null) || (b is null && c is not null) ? null : new VersionPattern(a, b, c);
    }

    public bool Matches(VersionNumber version) =>
        (Major ?? version.Major) == version.Major && (Minor ?? version.Minor) == version.Minor && (Patch ?? version.Patch) == version.Patch;

    /// <summary>The highest version that matches, or null.</summary>
    public VersionNumber? Highest(IEnumerable<VersionNumber> versions)
    {
        VersionNumber? best = null;
        foreach (var version in versions)
            if (Matches(version) && (best is null || version > best)) best = version;
        return best;
    }

    /// <summary>The next free number after <paramref name="latest"/>, the highest one that matches; null when there is none yet.</summary>
    public VersionNumber Next(VersionNumber? latest) =>
        IsFixed ? new VersionNumber(Major!.Value, Minor!.Value, Patch!.Value) // fixed means that no part is a wildcard
        : latest is { } last ? last with { Patch = last.Patch + 1 }
        : new VersionNumber(Major ?? 1, Minor ?? 0, 0);

    public override string ToString() => $"{Show(Major)}.{Show(Minor)}.{Show(Patch)}";

    private static string Show(int? part) => part?.ToString(CultureInfo.InvariantCulture) ?? "x";

    private static bool Part(string text, out int? part)
    {
        part = VersionNumber.Part(text);
        return part is not null || text == "x";
    }
}
