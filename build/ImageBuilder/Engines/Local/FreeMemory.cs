using System.Globalization;

namespace ImageBuilder.Engines.Local;

/// <summary>Memory that can be had without pushing anything out: of the machine, and of the control groups that this process is in.</summary>
public static class FreeMemory
{
    private const string Groups = "/sys/fs/cgroup";

    public static long Bytes() => Math.Min(OfMachine(File.ReadLines("/proc/meminfo")), OfGroups(Groups, File.ReadLines("/proc/self/cgroup")));

    internal static long OfMachine(IEnumerable<string> lines) => lines.Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .FirstOrDefault();

    /// <param name="root">Where control groups are mounted.</param>
    /// <param name="lines">As in /proc/self/cgroup: number, controllers, path. No controllers: version 2.</param>
    /// <returns>What the narrowest limit leaves; the largest number where there is none.</returns>
    internal static long OfGroups(string root, IEnumerable<string> lines)
    {
        var least = long.MaxValue;
        foreach (var fields in lines.Select(l => l.Split(':', 3)).Where(f => f.Length == 3))
        {
            var (top, limit, usage) = fields[1] == "" ? (root, "memory.max", "memory.current")
                : fields[1] == "memory" ? (Path.Combine(root, "memory"), "memory.limit_in_bytes", "memory.usage_in_bytes") : ("", "", "");
            if (top == "") continue;
            // A container sees its own group as the root, though its path may still be that of the host.
            for (var path = fields[2].Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
            {
                least = Math.Min(least, Left(Path.Combine(top, path), limit, usage));
                if (path == "") break;
            }
        }

        return least;
    }

    // Files that nobody has read for a while count as used, but go when room is wanted.
    private static long Left(string group, string limit, string usage)
    {
        if (Number(Path.Combine(group, limit)) is not { } most || Number(Path.Combine(group, usage)) is not { } used) return long.MaxValue;
        var stat = Path.Combine(group, "memory.stat");
        var idle = !File.Exists(stat) ? 0 : File.ReadLines(stat).Select(l => l.Split(' ')).Where(w => w is ["inactive_file", _])
            .Select(w => long.Parse(w[1], CultureInfo.InvariantCulture)).FirstOrDefault();
        return most - Math.Max(0, used - idle);
    }

    private static long? Number(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
