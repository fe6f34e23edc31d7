using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Deletes files; one that is not there is no error.</summary>
public sealed class DeleteFile : IActionModule
{
    public string Name => "DeleteFile";

    public string Summary => "Deletes files; one that is not there is no error.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file to delete; `*` in its last element stands for any characters.", Required: true),
        new("force", InputType.Boolean, "Changes nothing: documents have it from DeleteFolder."),
    ];

    public void Check(ActionEntry entry, ProblemBag problems) => Wildcards.CheckPath(Name, "path", entry, problems);
}
