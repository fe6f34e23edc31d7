using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Yaml;

namespace ImageBuilder.Pipelines;

/// <summary>A recipe as a CI system sees it.</summary>
/// <param name="Parents">The recipes that it goes back to, the farthest first.</param>
/// <param name="IsDistributed">It says where its images go.</param>
public sealed record PipelineRecipe(string Name, string Engine, IReadOnlyList<string> Parents, bool IsDistributed)
{
    /// <summary>The name with letters, digits and underscores only, and unlike every other recipe's.</summary>
    public string Id { get; init; } = "";

    /// <summary>The recipe that it starts from; empty: none.</summary>
    public string Parent => Parents is [.., var last] ? last : "";

    /// <summary>Other recipes start from its layers.</summary>
    public bool HasChildren { get; init; }
}

/// <summary>Finds out in which order a repository's recipes are built. Asks nobody outside of it.</summary>
/// <param name="formats">Names of the formats that <c>outputs</c> may name.</param>
public sealed class PipelineRecipes(Repository repository, IReadOnlyCollection<string> formats, ProblemBag problems)
{
    private const string Prefix = "recipe:";

    /// <summary>All recipes, each after the one that it starts from.</summary>
    public IReadOnlyList<PipelineRecipe> Read()
    {
        var recipes = repository.Match([], problems).Select(name => repository.ReadRecipe(name, formats, problems)).OfType<Recipe>().ToDictionary(r => r.Name);
        if (problems.HasErrors) return [];
        List<PipelineRecipe> all = [.. recipes.Values.Select(recipe => new PipelineRecipe(
            recipe.Name, recipe.Local is null && recipe.Aws is not null ? "aws" : "local", Line(recipe, recipes), IsDistributed(recipe)))];
        var parents = all.Select(r => r.Parent).ToHashSet();
        var ids = all.GroupBy(r => Id(r.Name)).SelectMany(g => g.OrderBy(r => r.Name, StringComparer.Ordinal).Select((r, i) => (r.Name, Id: i == 0 ? g.Key : $"{g.Key}__{i}")))
            .ToDictionary(p => p.Name, p => p.Id);
        return
        [
            .. all.OrderBy(r => r.Parents.Count).ThenBy(r => r.Name, StringComparer.Ordinal)
                .Select(r => r with { Id = ids[r.Name], HasChildren = parents.Contains(r.Name) }),
        ];
    }

    /// <summary>Whether a recipe says where its images go.</summary>
    internal bool IsDistributed(Recipe recipe) =>
        YamlReader.ReadFile(Path.Combine(repository.Root, recipe.File), recipe.File, YamlReader.RecipeLimit, problems) is YamlMap map
        && map.Find("distribution") is { Value.IsNull: false };

    private List<string> Line(Recipe recipe, Dictionary<string, Recipe> recipes)
    {
        var line = new List<string>();
        for (var child = recipe; ParentOf(child) is { } reference;)
        {
            var name = reference.Text[Prefix.Length..].Split('@')[0];
            if (line.Contains(name) || name == recipe.Name || !recipes.TryGetValue(name, out var parent))
            {
                problems.Add(new Problem("IB8505", $"The recipes cannot be brought into an order: `{child.Name}` starts from `{name}`.",
                    recipes.ContainsKey(name) ? "They start from each other in a circle." : "There is no such recipe.",
                    "Run ./build.sh --target=Validate and mend what it says.", reference.At));
                return [];
            }

            line.Insert(0, name);
            child = parent;
        }

        return line;
    }

    private static ParentReference? ParentOf(Recipe recipe) =>
        (recipe.Local ?? recipe.Aws) is { } parent && parent.Text.StartsWith(Prefix, StringComparison.Ordinal) ? parent : null;

    private static string Id(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
