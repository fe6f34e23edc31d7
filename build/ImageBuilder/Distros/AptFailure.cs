using System.Text.RegularExpressions;
using ImageBuilder.Problems;

namespace ImageBuilder.Distros;

/// <summary>What apt's messages mean when a bootstrap failed.</summary>
internal static partial class AptFailure
{
    public static Problem? Explain(string distribution, string release, string output)
    {
        if (First(Unreachable(), output) is { } unreachable)
            return new Problem("IB4003", $"The package repository of {distribution} {release} cannot be reached.", unreachable,
                "Check the network and the proxy (http_proxy), or give a mirror that can be reached with --mirror= or IMAGEBUILDER_MIRROR.");
        if (First(Missing(), output) is { } missing)
            return new Problem("IB4004", $"The package repository has no {distribution} {release}.", missing,
                "Give the URI of a mirror that has it with --mirror= or IMAGEBUILDER_MIRROR; it is the part before `dists/`.");
        if (First(Unsigned(), output) is { } unsigned)
            return new Problem("IB4005", $"The package repository of {distribution} {release} is not signed by a key that this host trusts.", unsigned,
                "Use a mirror of the official archive, or install the keyring that signs it and name it with signed-by in the host's apt sources.");
        return null;
    }

    private static string? First(Regex pattern, string output) =>
        output.Split('\n').FirstOrDefault(line => pattern.IsMatch(line))?.Trim();

    [GeneratedRegex("Could not resolve|Temporary failure|Could not connect|Connection (refused|timed out|failed)|Network is unreachable|No route to host")]
    private static partial Regex Unreachable();

    [GeneratedRegex(@"\b(404|403|410)\b +\S|does not have a Release file|Unable to find expected entry")]
    private static partial Regex Missing();

    [GeneratedRegex("NO_PUBKEY|EXPKEYSIG|BADSIG|REVKEYSIG|is not signed|signatures? (were|was|couldn't|could not)|No Hash entry|invalid signature")]
    private static partial Regex Unsigned();
}
