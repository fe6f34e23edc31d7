using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>Finds what a recipe starts from.</summary>
internal sealed class ParentResolver(IReadOnlyList<IDistribution> distributions, PlanRequest request, RecipeFamily family, ProblemBag problems)
{
    public ParentImage? Resolve(Recipe recipe)
    {
        if (request.Engine == CloudParents.Engine) return new CloudParents(family, problems).Resolve(recipe);
        if (recipe.Local is { } local && RecipeFamily.IsMeant(local)) return family.ParentOf(recipe, local);
        else if (recipe.Platform == "Windows" && (recipe.Local ?? recipe.Aws) is { } foreign)
            // It can be checked and rendered here; the engine says that it cannot be built.
            return new ParentImage("none", foreign.Text, "", "", [], LayerKeys.Foreign(foreign.Text, recipe));
        else if (recipe.Local is not { } parent)
            problems.Add(new Problem("IB1131", $"The recipe `{recipe.Name}` has no parent image for the local engine.",
                recipe.Aws is null ? "`parentImage` has no key `local`." : "It only says what the aws engine starts from.",
                "Add `local: debian:12` to `parentImage`.", new Place(recipe.File)));
        else if (parent.Text.StartsWith('.') || parent.Text.StartsWith('/') || parent.Text.StartsWith("oci:", StringComparison.Ordinal))
            problems.Add(new Problem("IB1132", $"`{parent.Text}` cannot be a parent image yet.", "Disk files and container images come with later work.",
                "Start from a distribution or another recipe, e.g. `local: debian:12`.", parent.At));
        else if (recipe.Architecture != "x86_64")
            problems.Add(new Problem("IB1135", $"Images for {recipe.Architecture} cannot be built yet by the local engine.", "It makes disks for x86_64 only.",
                "Write `architecture: x86_64`.", new Place(recipe.File)));
        else return Distribution(parent, recipe.Architecture);
        return null;
    }

    private ParentImage? Distribution(ParentReference parent, string architecture)
    {
        var names = distributions.Select(d => d.Name).ToList();
        var parts = parent.Text.Split(':');
        var distribution = distributions.FirstOrDefault(d => d.Name == parts[0]);
        if (distribution is null)
            problems.Add(new Problem("IB1133", $"`{parts[0]}` is not a distribution that can be built here.", $"There are: {string.Join(", ", names)}.",
                Suggestion.Fix(parts[0], names), parent.At));
        else if (parts.Length != 2 || !distribution.Releases.TryGetValue(parts[1], out var release))
            problems.Add(new Problem("IB1134", $"`{parent.Text}` names no known release of {distribution.Name}.",
                $"Releases: {string.Join(", ", distribution.Releases.Keys)}.",
                $"Write e.g. `local: {distribution.Name}:{distribution.Releases.Keys.FirstOrDefault()}`.", parent.At));
        else
        {
            var packages = distribution.BasePackages(release, architecture);
            var inputs = LayerKeys.ParentInputs(distribution, release, architecture, packages, request);
            return new ParentImage("distribution", parent.Text, distribution.Name, release, packages, LayerKeys.Parent(inputs)) { Inputs = inputs.ToDictionary() };
        }

        return null;
    }
}
