using System.Globalization;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>Folders that are named after the process that works in them, so that the next run finds what one left that was killed.</summary>
internal static class Scratch
{
    private const string Prefix = "imagebuilder-bench-";

    private static string Memory => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public static DirectoryInfo OnDisk() => In(Path.GetTempPath());

    public static DirectoryInfo InMemory() => In(Memory);

    /// <summary>Removes the folders of processes that have ended.</summary>
    public static async Task RemoveLeftoversAsync(IProgramRunner programs, CancellationToken cancel)
    {
        string[] places = [Path.GetTempPath(), Memory];
        List<string> left = [.. places.Distinct().SelectMany(p => Directory.EnumerateDirectories(p, Prefix + "*")).Where(HasEnded)];
        if (left.Count > 0) (await programs.RunAsync(new Command("rm", ["-rf", "--one-file-system", .. left]), cancel)).OrThrow("What an earlier run left stays.");
    }

    private static DirectoryInfo In(string place) =>
        Directory.CreateDirectory(Path.Combine(place, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"));

    private static bool HasEnded(string folder) =>
        int.TryParse(Path.GetFileName(folder)[Prefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
        && !Directory.Exists($"/proc/{process}");
}
