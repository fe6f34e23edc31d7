using System.Globalization;

namespace ImageBuilder.Engines.Local;

/// <summary>The environment of scripts and shells in a root, as NAME=VALUE.</summary>
internal static class RootEnvironment
{
    private static readonly string[] s_proxies = ["http_proxy", "https_proxy", "no_proxy"];

    public static IReadOnlyList<string> Of(long epoch) =>
    [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root",
        "LC_ALL=C.UTF-8",
        "DEBIAN_FRONTEND=noninteractive",
        string.Create(CultureInfo.InvariantCulture, $"SOURCE_DATE_EPOCH={epoch}"),
        "IMAGEBUILDER_FILES=/run/imagebuilder/files",
        "IMAGEBUILDER_OUTPUTS=/run/imagebuilder/outputs",
        .. s_proxies.Select(name => (name, value: Environment.GetEnvironmentVariable(name)))
            .Where(p => !string.IsNullOrEmpty(p.value)).Select(p => $"{p.name}={p.value}"),
    ];
}
