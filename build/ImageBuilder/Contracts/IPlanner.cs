using ImageBuilder.Model;

namespace ImageBuilder.Contracts;

/// <summary>What to plan.</summary>
/// <param name="Repository">Absolute path of the folder with <c>recipes/</c> and <c>components/</c>.</param>
/// <param name="Recipes">Names and patterns with <c>*</c> and <c>?</c>; empty: every recipe.</param>
/// <param name="Artifacts">Absolute path of the artifacts folder: says which versions exist already.</param>
/// <param name="Outputs">Formats that replace those of the recipes; empty: the recipes' own.</param>
public sealed record PlanRequest(
    string Repository, IReadOnlyList<string> Recipes, string Engine, string Artifacts, string? Mirror, IReadOnlyList<string> Outputs, long? SourceDateEpoch);

/// <summary>Reads recipes and components and makes a plan of each. Touches nothing; all mistakes come in one exception.</summary>
public interface IPlanner
{
    /// <summary>The plans, ordered by recipe.</summary>
    Task<IReadOnlyList<Plan>> PlanAsync(PlanRequest request, CancellationToken cancel);
}
