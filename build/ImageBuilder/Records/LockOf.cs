using ImageBuilder.Model;

namespace ImageBuilder.Records;

/// <summary>Gathers a recipe's lock from the plan and from what the stages recorded.</summary>
public static class LockOf
{
    public static RecipeLock Build(Plan plan, Based parent, Customized customized, IEnumerable<ToolVersion> tools) => new()
    {
        Recipe = plan.Recipe,
        Architecture = plan.Architecture,
        Parent = new LockedParent(plan.Parent.Reference, parent.Digest, parent.Epoch,
            [.. parent.Repositories.OrderBy(r => r.Suite, StringComparer.Ordinal).ThenBy(r => r.InRelease, StringComparer.Ordinal)]),
        Components = Components(plan),
        Packages = Packages(customized.Packages),
        Downloads = customized.Downloads,
        Tools = Tools(tools),
    };

    internal static IReadOnlyList<LockedComponent> Components(Plan plan) =>
        [.. plan.Components.Select(c => new LockedComponent(c.Name, c.Version, c.Digest)).OrderBy(c => c.Name, StringComparer.Ordinal)];

    internal static IReadOnlyList<LockedPackage> Packages(IEnumerable<PackageVersion> packages) =>
    [
        .. packages.Select(p => new LockedPackage(p.Name, p.Version, p.Architecture, p.Sha256, p.Files))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal),
    ];

    internal static IReadOnlyList<LockedTool> Tools(IEnumerable<ToolVersion> tools) =>
        [.. tools.Select(t => new LockedTool(t.Name, t.Version)).OrderBy(t => t.Name, StringComparer.Ordinal)];
}
