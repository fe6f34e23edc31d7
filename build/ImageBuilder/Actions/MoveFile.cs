using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Moves files.</summary>
public sealed class MoveFile : IActionModule
{
    public string Name => "MoveFile";

    public string Summary => "Moves files.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.Path, "The file to move; `*` in its last element stands for any characters.", Required: true),
        new("destination", InputType.Path, "Where to; a folder when it ends with `/`, as it must for several files.", Required: true),
        new("overwrite", InputType.Boolean, "False: a file that exists is an error.", Default: true),
    ];

    public void Check(ActionEntry entry, ProblemBag problems) => Wildcards.Check(Name, entry, problems);
}
