using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>Plans recipes, each once, and before it the recipe whose image it starts from.</summary>
/// <param name="read">Reads a recipe by its name; null when a problem made it useless.</param>
/// <param name="plan">Plans a recipe; null when there are problems.</param>
internal sealed class RecipeFamily(Repository repository, Func<string, Recipe?> read, Func<Recipe, RecipeFamily, Plan?> plan, ProblemBag problems)
{
    private const string Prefix = "recipe:";

    private readonly Dictionary<string, Plan?> _plans = [];
    private readonly List<string> _line = []; // from a child to what it starts from: all that are being planned

    public static bool IsMeant(ParentReference parent) => parent.Text.StartsWith(Prefix, StringComparison.Ordinal);

    public Plan? Plan(string name)
    {
        if (_plans.TryGetValue(name, out var known)) return known;
        _line.Add(name);
        var planned = read(name) is { } recipe ? plan(recipe, this) : null;
        _line.Remove(name);
        return _plans[name] = planned;
    }

    /// <summary>The image of another recipe as a parent image: what its steps leave, before it is sealed.</summary>
    public ParentImage? ParentOf(Recipe child, ParentReference parent)
    {
        if (Find(parent) is not var (name, version) || Plan(name) is not { } plan) return null;
        if (VersionNumber.TryParse(plan.Version) is { } number && !version.Matches(number))
            problems.Add(new Problem("IB1139", $"The recipe `{name}` makes version {plan.Version}, not {version}.",
                "A parent image is made from its recipe as it is now; older versions cannot be made again from it.",
                $"Write `local: {Prefix}{name}@{plan.Version[..plan.Version.LastIndexOf('.')]}.x`.", parent.At));
        else if (plan.Platform != child.Platform || plan.Architecture != child.Architecture)
            problems.Add(new Problem("IB1141", $"`{child.Name}` is for {child.Platform} on {child.Architecture}, its parent image `{name}` is not.",
                $"The recipe `{name}` is for {plan.Platform} on {plan.Architecture}.", "Write the same `platform` and `architecture` in both.", parent.At));
        else
            return plan.Parent with
            {
                Kind = "recipe",
                Reference = parent.Text,
                Key = plan.TopKey,
                Plan = plan,
                Inputs = new Dictionary<string, string> { [$"recipe {name}"] = plan.TopKey },
            };
        return null;
    }

    private (string Name, VersionPattern Version)? Find(ParentReference parent)
    {
        var parts = parent.Text[Prefix.Length..].Split('@');
        var version = parts.Length == 2 ? VersionPattern.TryParse(parts[1]) : parts.Length == 1 ? new VersionPattern(null, null, null) : null;
        if (version is null)
            problems.Add(new Problem("IB1136", $"`{parent.Text}` does not name a recipe and a version.", "The version is three numbers, of which the last ones may be `x`.",
                $"Write e.g. `local: {Prefix}{parts[0]}@1.x.x`.", parent.At));
        else if (!repository.RecipeNames.Contains(parts[0]))
            problems.Add(new Problem("IB1137", $"No recipe is called `{parts[0]}`.", $"The repository has: {string.Join(", ", repository.RecipeNames)}.",
                Suggestion.Fix(parts[0], repository.RecipeNames), parent.At));
        else if (_line.Contains(parts[0]))
            problems.Add(new Problem("IB1138", "Recipes start from each other in a circle.",
                string.Join(" -> ", _line.SkipWhile(n => n != parts[0]).Append(parts[0])), "Let one of them start from a distribution, e.g. `local: debian:12`.", parent.At));
        else return (parts[0], version);
        return null;
    }
}
