namespace ImageBuilder.Engines.Local;

/// <summary>
/// What a root has besides the image's own files, made before its namespace: inside, each folder and link would cost the start of a program.
/// Modes are set, because they must not depend on the caller's umask.
/// </summary>
internal static class RootSkeleton
{
    private const UnixFileMode Mode644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Mode755 = Mode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly string[] s_devices = ["null", "zero", "full", "random", "urandom", "tty"];

    /// <summary>What process 1 sees: links into the image make its programs those of process 1.</summary>
    /// <param name="devices">Where its own /dev leads.</param>
    public static void MakeRoot(string folder, string devices)
    {
        foreach (var name in (string[])["image", "input", "old", "sysfs"]) MakeFolder(Path.Combine(folder, name));
        foreach (var name in (string[])["bin", "sbin", "lib", "lib64", "usr", "proc"]) Link(folder, name, $"image/{name}");
        Link(folder, "dev", devices);
        MakeNodes(Path.Combine(folder, "devices"));
    }

    /// <summary>What becomes an image's /dev: devices and file systems are mounted on it.</summary>
    public static void MakeDevices(string folder)
    {
        MakeNodes(folder);
        WriteFile(Path.Combine(folder, "console"), "");
        foreach (var name in (string[])["pts", "shm"]) MakeFolder(Path.Combine(folder, name));
        Link(folder, "ptmx", "pts/ptmx");
        Link(folder, "fd", "/proc/self/fd");
        foreach (var (number, name) in ((string[])["stdin", "stdout", "stderr"]).Index()) Link(folder, name, $"/proc/self/fd/{number}");
    }

    public static void MakeFolder(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Mode755);
    }

    public static void WriteFile(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Mode644);
    }

    private static void MakeNodes(string folder)
    {
        MakeFolder(folder);
        foreach (var name in s_devices) WriteFile(Path.Combine(folder, name), "");
    }

    private static void Link(string folder, string name, string target) => File.CreateSymbolicLink(Path.Combine(folder, name), target);
}
