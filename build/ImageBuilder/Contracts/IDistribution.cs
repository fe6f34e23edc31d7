
namespace ImageBuilder.Contracts;

/// <summary>A family member of operating systems that can be bootstrapped from packages. Found by reflection.</summary>
public interface IDistribution
{
    /// <summary>As in <c>parentImage: local: debian:12</c>.</summary>
    string Name { get; }

    /// <summary>Releases by every accepted name: <c>12</c> → <c>bookworm</c>, <c>bookworm</c> → <c>bookworm</c>.</summary>
    IReadOnlyDictionary<string, string> Releases { get; }

    /// <summary>What the bootstrap installs so that the disk boots to a login prompt.</summary>
    IReadOnlyList<string> BasePackages(string release, string architecture);

    /// <summary>
    /// Text that enters the parent's layer key: whatever else of the bootstrap can change the result (script version, options).
    /// </summary>
    string BootstrapInputs(string release, string architecture);

    /// <summary>How the parent image is made. What the host lacks for it is a problem.</summary>
    /// <param name="mirror">Replaces the host's own package sources, or null.</param>
    Bootstrap Bootstrap(string release, string architecture, string? mirror);

    /// <summary>What the output of a failed bootstrap means, or null when it says nothing known.</summary>
    Problems.Problem? Explain(string release, string output);

    /// <summary>
    /// Bash script run last in the image: removes what must differ from machine to machine, or would from build to build.
    /// </summary>
    string SealScript { get; }

    /// <summary>
    /// Bash script run in the image, before it is sealed, that prints a line <c>name version architecture digest</c> for each installed package, with
    /// tabs between. The digest is <c>archive:</c> and the SHA-256 of the archive it was installed from; where that is not known <c>files:</c> and
    /// one of what is known of its files.
    /// </summary>
    string PackagesScript { get; }
}

/// <summary>How a parent image is made from packages.</summary>
/// <param name="Sources">Text of the package sources, as the image is to have them.</param>
/// <param name="Install">
/// Bash script that runs on the host, in a user namespace: fills the folder <c>$ROOT</c> with <c>$PACKAGES</c> (commas between)
/// of <c>$RELEASE</c>
/// from the sources in the file <c>$SOURCES</c>; may keep downloads in <c>$DOWNLOADS</c>; works in an empty folder; prints a line
/// <c>epoch: N</c> with the newest date of the repositories, and for each of these a line <c>repository: SUITE SHA-256</c> that tells its states apart.
/// </param>
/// <param name="Finish">Bash script that runs in the filled root as steps do.</param>
/// <param name="Bytes">Room that it takes, about.</param>
public sealed record Bootstrap(string Sources, string Install, string Finish, long Bytes)
{
    /// <summary>
    /// Bash script that runs on the host, in a user namespace: asks the sources in the file <c>$SOURCES</c> and prints a line
    /// <c>state: SHA-256</c> for each, of what <see cref="Install"/> gives for that repository.
    /// </summary>
    public required string State { get; init; }
}
