using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Copies files, also those of the component itself.</summary>
public sealed class CopyFile : IActionModule
{
    public string Name => "CopyFile";

    public string Summary => "Copies files; a source that is no full path is a file of the component.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.SourcePath, "The file to copy; `*` in its last element stands for any characters.", Required: true),
        new("destination", InputType.Path, "Where to; a folder when it ends with `/`, as it must for several files.", Required: true),
        new("overwrite", InputType.Boolean, "False: a file that exists is an error.", Default: true),
    ];

    public void Check(ActionEntry entry, ProblemBag problems) => Wildcards.Check(Name, entry, problems);
}
