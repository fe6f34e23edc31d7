namespace ImageBuilder.Engines.Local;

/// <summary>Where a new control group (v2) can be made for a container, if anywhere: systemd inside needs one of its own.</summary>
public static class ControlGroup
{
    private const string Prefix = "imagebuilder-";

    /// <summary>Path for a new group, or null when the machine has no control groups v2 or does not let us have one.</summary>
    /// <param name="name">Unique on this machine.</param>
    public static string? Place(string name)
    {
        var mount = Mounts().FirstOrDefault();
        if (mount is null) return null;
        // Root may make groups anywhere; a user only where the group it runs in was delegated to it.
        var parent = Environment.IsPrivilegedProcess ? mount : Own(mount);
        return parent is not null && IsOurs(parent) ? Path.Combine(parent, Prefix + name) : null;
    }

    /// <summary>Removes groups that a dead build left. One with processes in it cannot be removed, and stays.</summary>
    public static void Sweep()
    {
        foreach (var mount in Mounts())
            foreach (var folder in Directory.EnumerateDirectories(mount, Prefix + "*"))
                Remove(folder);
    }

    private static void Remove(string folder)
    {
        try
        {
            foreach (var below in Directory.EnumerateDirectories(folder)) Remove(below);
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use by another build, or gone by now.
        }
    }

    private static IEnumerable<string> Mounts() => File.ReadLines("/proc/self/mounts")
        .Select(line => line.Split(' ')).Where(f => f[2] == "cgroup2").Select(f => f[1]);

    private static string? Own(string mount) => File.ReadLines("/proc/self/cgroup")
        .Where(line => line.StartsWith("0::/", StringComparison.Ordinal)).Select(line => mount + line[3..].TrimEnd('/')).FirstOrDefault();

    // Asked by doing it: permissions alone do not tell of a read-only mount.
    private static bool IsOurs(string parent)
    {
        var probe = Path.Combine(parent, $"{Prefix}probe-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
