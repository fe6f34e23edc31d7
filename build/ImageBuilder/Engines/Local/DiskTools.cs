namespace ImageBuilder.Engines.Local;

/// <summary>The packages of this machine whose versions can change the bytes of a disk.</summary>
internal static class DiskTools
{
    // Raised when our own part of making a disk changes its bytes.
    private const string Ours = "disk 2";

    private const string Status = "/var/lib/dpkg/status";

    // Boot loader, partition table, file systems.
    private static readonly string[] s_packages = ["dosfstools", "e2fsprogs", "fdisk", "grub-common", "grub-efi-amd64-bin", "grub-pc-bin", "mtools"];

    /// <summary>Their names and versions; read from dpkg's own file, because a stage that has nothing to do asks too.</summary>
    public static string Text => string.Join(", ", Versions().Order(StringComparer.Ordinal).Prepend(Ours));

    private static IEnumerable<string> Versions()
    {
        if (!File.Exists(Status)) yield break;
        var package = "";
        foreach (var line in File.ReadLines(Status))
        {
            if (line.StartsWith("Package: ", StringComparison.Ordinal)) package = line["Package: ".Length..];
            else if (line.StartsWith("Version: ", StringComparison.Ordinal) && s_packages.Contains(package)) yield return $"{package} {line["Version: ".Length..]}";
        }
    }
}
