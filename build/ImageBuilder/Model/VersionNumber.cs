using System.Globalization;

namespace ImageBuilder.Model;

/// <summary>A version of an image or component: <c>n.n.n</c>, ordered by number and not by text.</summary>
public readonly record struct VersionNumber(int Major, int Minor, int Patch) : IComparable<VersionNumber>
{
    /// <summary>EC2 Image Builder's limit for each part.</summary>
    public const int Limit = (1 << 30) - 1;

    public static VersionNumber? TryParse(string text) =>
        text.Split('.') is [var major, var minor, var patch] && Part(major) is { } a && Part(minor) is { } b && Part(patch) is { } c
            ? new VersionNumber(a, b, c) : null;

    public int CompareTo(VersionNumber other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    public static bool operator <(VersionNumber left, VersionNumber right) => left.CompareTo(right) < 0;

    public static bool operator >(VersionNumber left, VersionNumber right) => left.CompareTo(right) > 0;

    public static bool operator <=(VersionNumber left, VersionNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >=(VersionNumber left, VersionNumber right) => left.CompareTo(right) >= 0;

    /// <summary>A part of a version: a number without leading zeros, or null.</summary>
    internal static int? Part(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= Limit && (text.Length == 1 || text[0] != '0')
            ? number : null;
}
