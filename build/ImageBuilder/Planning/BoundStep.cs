using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>A step whose inputs are checked and whose expressions are replaced.</summary>
/// <param name="Module">Null when the action is not known; that is a problem already.</param>
internal sealed record BoundStep(
    string Phase, DocumentStep Step, IActionModule? Module, IReadOnlyList<ActionEntry> Entries, IReadOnlyList<StepFile> Files)
{
    /// <summary>Inputs that the script looks at when it runs, to know what to do.</summary>
    public IReadOnlyList<LateChoice> Choices { get; init; } = [];

    public BoundCondition? If { get; init; }

    public StepLoop? Loop { get; init; }

    /// <summary>Those of the loop; null without one, and where they are not known.</summary>
    public Iterations? Iterations { get; init; }

    /// <summary>As <see cref="PlannedStep.Documents"/>.</summary>
    public IReadOnlyList<BoundDocument> Documents { get; init; } = [];

    /// <summary>As <see cref="PlannedStep.Values"/>, with marks in them.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>As <see cref="PlannedStep.Outer"/>.</summary>
    public string Outer { get; init; } = "";
}

/// <summary>A step's <c>if</c>.</summary>
internal sealed record BoundCondition(Condition Condition, OnCondition Then, OnCondition Else);

/// <summary>A document that a step runs.</summary>
/// <param name="Phases">Those that it runs.</param>
internal sealed record BoundDocument(ComponentDocument Document, IReadOnlyList<(string Name, IReadOnlyList<BoundStep> Steps)> Phases);
