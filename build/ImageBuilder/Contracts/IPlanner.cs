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
    IReadOnlyList<string> Outputs, long? SourceDateEpoch)
{
    /// <summary>Versions of components are those of the recipe's lock, which the plan then has.</summary>
    public bool Locked { get; init; }
}

/// <summary>One component document to be planned by itself.</summary>
/// <param name="Request">Its recipe is what the component is tried on.</param>
/// <param name="Document">Absolute path.</param>
/// <param name="Shown">How problems name it.</param>
/// <param name="Phases">Names of the phases to run; empty: those that images run.</param>
/// <param name="Parameters">Values for parameters; the last one of a name counts.</param>
public sealed record TrialRequest(
    PlanRequest Request, string Document, string Shown, IReadOnlyList<string> Phases, IReadOnlyList<KeyValuePair<string, string>> Parameters);

/// <summary>What came of a request.</summary>
/// <param name="Plans">Ordered by recipe.</param>
/// <param name="Warnings">Worth showing; nothing stops for them.</param>
public sealed record Planned(IReadOnlyList<Plan> Plans, IReadOnlyList<Problem> Warnings)
{
    /// <summary>Those of recipes that nobody asked for and that others start from; ordered by recipe.</summary>
    public IReadOnlyList<Plan> Parents { get; init; } = [];
}

/// <summary>Reads recipes and components and makes a plan of each. Touches nothing; all mistakes come in one exception.</summary>
public interface IPlanner
{
    Task<Planned> PlanAsync(PlanRequest request, CancellationToken cancel);

    /// <summary>Plans one component by itself, wherever its document is: a plan with this component and no image.</summary>
    Task<Planned> PlanTrialAsync(TrialRequest request, CancellationToken cancel);
}
