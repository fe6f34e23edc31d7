namespace ImageBuilder.Distros;

/// <summary>Debian, from oldoldstable on.</summary>
public sealed class Debian : DebianFamily
{
    public override string Name => "debian";

    public override IReadOnlyDictionary<string, string> Releases { get; } = new Dictionary<string, string>
    {
        ["11"] = "bullseye",
        ["bullseye"] = "bullseye",
        ["12"] = "bookworm",
        ["bookworm"] = "bookworm",
        ["13"] = "trixie",
        ["trixie"] = "trixie",
    };

    public override string Keyring => "/usr/share/keyrings/debian-archive-keyring.gpg";

    public override string KeyringPackage => "debian-archive-keyring";

    /// <summary>The cloud kernel has the drivers of hypervisors and little else, which makes it quick to install and to boot.</summary>
    public override IReadOnlyList<string> BasePackages(string release, string architecture)
    {
        List<string> packages =
        [
            $"linux-image-cloud-{(architecture == "arm64" ? "arm64" : "amd64")}", "systemd-sysv", "udev", "dbus", "initramfs-tools", "e2fsprogs", "iproute2", "sudo", "zstd",
        ];
        if (release != "bullseye") packages.Add("systemd-resolved"); // part of systemd before
        if (release is not ("bullseye" or "bookworm")) packages.Add("systemd-repart");
        return packages;
    }

    protected override IReadOnlyList<string> Suites(string release) => [release, $"{release}-updates"];

    protected override string? SecuritySuite(string release) => $"{release}-security";
}
