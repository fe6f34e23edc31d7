using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Contracts;

/// <summary>What to plan.</summary>
/// <param name="Repository">Absolute path of the folder with <c>recipes/</c> and <c>components/</c>.</param>
/// <param name="Recipes">Names and patterns with <c>*</c> and <c>?</c>; empty: every recipe.</param>
/// <param name="Artifacts">Absolute path of the artifacts folder: says which versions exist already.</param>
/// <param name="Outputs">Formats that replace those of the recipes; empty: the recipes' own.</param>
public sealed record PlanRequest(
    string Repository, IReadOnlyList<string> Recipes, string Engine, string Artifacts, string? Mirror,
    IReadOnlyList<string> Outputs, long? SourceDateEpoch);

/// <summary>What came of a request.</summary>
/// <param name="Plans">Ordered by recipe.</param>
/// <param name="Warnings">Worth showing; nothing stops for them.</param>
public sealed record Planned(IReadOnlyList<Plan> Plans, IReadOnlyList<Problem> Warnings);

/// <summary>Reads recipes and components and makes a plan of each. Touches nothing; all mistakes come in one exception.</summary>
public interface IPlanner
{
    Task<Planned> PlanAsync(PlanRequest request, CancellationToken cancel);
}
