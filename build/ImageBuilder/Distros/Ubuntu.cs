namespace ImageBuilder.Distros;

/// <summary>Ubuntu, the long-term releases.</summary>
public sealed class Ubuntu : DebianFamily
{
    public override string Name => "ubuntu";

    public override IReadOnlyDictionary<string, string> Releases { get; } = new Dictionary<string, string>
    {
        ["22.04"] = "jammy",
        ["jammy"] = "jammy",
        ["24.04"] = "noble",
        ["noble"] = "noble",
    };

    public override string Keyring => "/usr/share/keyrings/ubuntu-archive-keyring.gpg";

    public override string KeyringPackage => "ubuntu-keyring";

    public override IReadOnlyList<string> BasePackages(string release, string architecture)
    {
        List<string> packages = ["linux-image-virtual", "systemd-sysv", "udev", "dbus", "initramfs-tools", "e2fsprogs", "iproute2", "sudo", "zstd"];
        if (release != "jammy") packages.Add("systemd-resolved"); // part of systemd before
        return packages;
    }

    protected override IReadOnlyList<string> Suites(string release) => [release, $"{release}-updates", $"{release}-security"];

    protected override string? SecuritySuite(string release) => null;
}
