using System.Globalization;
using ImageBuilder.Problems;

namespace ImageBuilder.Layers;

/// <summary>Room on the cache's file system: asked before the work begins, and named when it ran out.</summary>
public static class StoreRoom
{
    private const int NoSpace = 28; // ENOSPC
    private const int Quota = 122; // EDQUOT

    private const long Scarce = 1 << 20;

    public static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    public static bool IsFull(IOException e) => e.HResult is NoSpace or Quota;

    /// <summary>Whether a program that failed with this output failed for want of room.</summary>
    public static bool RanOut(string folder, string output) =>
        output.Contains("No space left on device", StringComparison.Ordinal) || output.Contains("Disk quota exceeded", StringComparison.Ordinal)
        || FreeBytes(folder) < Scarce;

    /// <summary>Throws when less than <paramref name="needed"/> bytes are free.</summary>
    public static void Require(string folder, long needed)
    {
        if (FreeBytes(folder) < needed) throw Full(folder, needed, cause: null);
    }

    /// <summary>The problem of a full file system.</summary>
    /// <param name="needed">Bytes that the work takes as far as is known, or null.</param>
    public static ProblemException Full(string folder, long? needed, Exception? cause) => new(ExitCode.BuildFailed, new Problem("IB4202",
        $"The file system of the cache `{folder}` has no room left.",
        $"{(needed is { } n ? $"{Megabytes(n)} are needed, " : "")}{Megabytes(FreeBytes(folder))} are free.",
        $"Free some space there (`df -h {folder}`), or set IMAGEBUILDER_CACHE to a folder with more room. Nothing half-made is kept."), cause);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0} MB");
}
