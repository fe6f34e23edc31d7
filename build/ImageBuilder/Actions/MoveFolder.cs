using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Moves folders with all that is in them.</summary>
public sealed class MoveFolder : IActionModule
{
    public string Name => "MoveFolder";

    public string Summary => "Moves folders with all that is in them.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.Path, "The folder to move; `*` in its last element stands for any characters.", Required: true),
        new("destination", InputType.Path, "The folder that gets the content; when it ends with `/`, the folder goes into it under its own name.", Required: true),
        new("overwrite", InputType.Boolean, "False: a folder that exists is an error.", Default: true),
    ];

    public void Check(ActionEntry entry, ProblemBag problems) => Wildcards.Check(Name, entry, problems);
}
