using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>A step whose inputs are checked and whose expressions are replaced.</summary>
/// <param name="Module">Null when the action is not known; that is a problem already.</param>
internal sealed record BoundStep(
    string Phase, DocumentStep Step, IActionModule? Module, IReadOnlyList<ActionEntry> Entries, IReadOnlyList<StepFile> Files);
