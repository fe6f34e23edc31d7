using ImageBuilder.Problems;

namespace ImageBuilder.Model;

/// <summary>What an image is, as its recipe file says.</summary>
/// <param name="File">Relative to the repository.</param>
/// <param name="Local">What the local engine starts from, e.g. <c>debian:12</c>; null when the recipe does not say.</param>
/// <param name="Aws">What the aws engine starts from; null when the recipe does not say.</param>
public sealed record Recipe(
    string File,
    string Name,
    VersionPattern Version,
    string Description,
    string Platform,
    string Architecture,
    ParentReference? Local,
    ParentReference? Aws,
    IReadOnlyList<ComponentUse> Components,
    IReadOnlyList<ComponentUse> Tests,
    DiskPlan Disk,
    IReadOnlyList<string> Outputs,
    MachinePlan Machine,
    DistributionPlan Distribution);

/// <summary>A parent image as written.</summary>
public sealed record ParentReference(string Text, Place At);

/// <summary>A component that a recipe uses, with the values it gives to its parameters.</summary>
public sealed record ComponentUse(string Name, VersionPattern Version, IReadOnlyList<GivenParameter> Parameters, Place At, Place VersionAt);

/// <summary>A value for a parameter.</summary>
public sealed record GivenParameter(string Name, string Value, Place At);
