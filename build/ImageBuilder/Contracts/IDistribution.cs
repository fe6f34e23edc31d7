
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

    /// <summary>Text that enters the parent's layer key: whatever else of the bootstrap can change the result (script version, options).</summary>
    string BootstrapInputs(string release, string architecture);
}
