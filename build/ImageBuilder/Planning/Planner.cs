using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>Makes plans: resolves versions, binds parameters, renders every script and computes every key, and touches nothing.</summary>
public sealed class Planner(Repository repository, PlanSettings settings)
{
    private readonly Templates _templates = new();

    public IReadOnlyList<IDistribution> Distributions { get; init; } = Catalog<IDistribution>.All;

    public IReadOnlyList<IActionModule> Actions { get; init; } = Catalog<IActionModule>.All;

    public IReadOnlyCollection<string> Formats { get; init; } = [.. Catalog<IImageFormat>.All.Select(f => f.Name)];

    /// <summary>The plan of a recipe; null when it has problems.</summary>
    public Plan? Plan(string recipeName, ProblemBag problems)
    {
        var found = new ProblemBag();
        var plan = repository.ReadRecipe(recipeName, Formats, found) is { } recipe ? Plan(recipe, found) : null;
        problems.AddRange(found.All);
        return found.HasErrors ? null : plan;
    }

    private Plan? Plan(Recipe recipe, ProblemBag problems)
    {
        var parent = new ParentResolver(Distributions, settings, problems).Resolve(recipe);
        var components = new ComponentPlanner(repository, Actions, recipe.Platform, problems);
        var uses = components.Components(recipe);
        if (parent is null || problems.HasErrors) return null;
        var steps = new StepPlanner(new ScriptRenderer(_templates), recipe.Architecture, parent.Key);
        var planned = uses.SelectMany(use => steps.Plan(use)).ToList();
        var plan = new Plan
        {
            Recipe = recipe.Name,
            Version = "",
            Description = recipe.Description,
            RecipeFile = recipe.File,
            Engine = settings.Engine,
            Architecture = recipe.Architecture,
            Parent = parent,
            Components = [.. uses.Select(u => u.Planned)],
            Build = [.. planned.Where(s => s.Phase == DocumentPhase.Build)],
            Validate = [.. planned.Where(s => s.Phase == DocumentPhase.Validate)],
            Test = [.. planned.Where(s => s.Phase == DocumentPhase.Test)],
            Disk = recipe.Disk,
            Outputs = recipe.Outputs,
            SourceDateEpoch = settings.SourceDateEpoch,
        };
        return ImageVersions.Choose(plan, recipe.Version, settings.Artifacts);
    }
}
