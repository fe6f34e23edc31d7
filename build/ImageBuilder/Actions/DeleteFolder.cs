using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Deletes folders.</summary>
public sealed class DeleteFolder : IActionModule
{
    public string Name => "DeleteFolder";

    public string Summary => "Deletes folders.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The folder to delete.", Required: true),
        new("force", InputType.Boolean, "True: also when something is in it.", Default: false),
    ];
}
