namespace ImageBuilder.Engines.Local;

/// <summary>Why a machine does not allow user namespaces, or not what is needed inside, and how that is changed.</summary>
public static class NamespaceRefusal
{
    private const string Container =
        "Start the container that this runs in with --privileged, or with --security-opt seccomp=unconfined,apparmor=unconfined,systempaths=unconfined.";

    /// <param name="said">The message of the program that was refused.</param>
    public static (string Why, string Fix) Explain(string said)
    {
        var (why, fix) = Cause(Environment.IsPrivilegedProcess);
        return (said.Length > 0 ? $"{said}. {why}" : why, fix);
    }

    private static (string Why, string Fix) Cause(bool root)
    {
        if (Setting("user/max_user_namespaces") == "0")
            return ("The kernel's setting user.max_user_namespaces is 0.", "Run: sudo sysctl -w user.max_user_namespaces=15000");
        if (!root && Setting("kernel/unprivileged_userns_clone") == "0")
            return ("The kernel's setting kernel.unprivileged_userns_clone is 0.", "Run: sudo sysctl -w kernel.unprivileged_userns_clone=1");
        if (!root && Setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
            return ("AppArmor restricts user namespaces of ordinary users (kernel.apparmor_restrict_unprivileged_userns is 1).",
                "Run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or build as root.");
        if (File.Exists("/.dockerenv") || File.Exists("/run/.containerenv")) return ("This is a container, which forbids it.", Container);
        return ("No setting of the kernel that is known to forbid it does.", $"Build on a machine with Linux 5.11 or later. {Container}");
    }

    private static string? Setting(string name)
    {
        var file = Path.Combine("/proc/sys", name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }
}
