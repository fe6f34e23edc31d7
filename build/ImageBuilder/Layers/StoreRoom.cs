using System.Globalization;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Layers;

/// <summary>Room on the cache's file system: asked before the work begins, and named when it ran out.</summary>
public static class StoreRoom
{
    private const long Scarce = 1 << 20;
    private const long Few = 8;

    /// <summary>Whether a program that failed with this output failed for want of room.</summary>
    public static bool RanOut(string folder, string output) =>
        output.Contains("No space left on device", StringComparison.Ordinal) || output.Contains("Disk quota exceeded", StringComparison.Ordinal)
        || Room.Of(folder) is { Bytes: < Scarce } or { Files: < Few };

    /// <summary>Throws when less than <paramref name="needed"/> bytes are free.</summary>
    public static void Require(string folder, long needed)
    {
        if (Room.Of(folder).Bytes < needed) throw Full(folder, needed, cause: null);
    }

    /// <summary>The problem of a full file system.</summary>
    /// <param name="needed">Bytes that the work takes as far as is known, or null.</param>
    public static ProblemException Full(string folder, long? needed, Exception? cause) => new(ExitCode.BuildFailed, new Problem("IB4202",
        $"The file system of the cache `{folder}` has no room left.",
        $"{(needed is { } n ? $"{Megabytes(n)} are needed, " : "")}{Room.Of(folder)} are free.",
        $"Free some space there (`df -h {folder}`), or set IMAGEBUILDER_CACHE to a folder with more room. Nothing half-made is kept."), cause);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0} MB");
}
