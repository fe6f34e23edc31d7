using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Sets the owning user and group of folders.</summary>
public sealed class SetFolderOwner : IActionModule
{
    public string Name => "SetFolderOwner";

    public string Summary => "Sets the owning user and group of folders.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The folder.", Required: true),
        new("owner", InputType.Text, "Name of the owning user.", Required: true),
        new("group", InputType.Text, "Name of the owning group; without it the user's primary group."),
        new("recursive", InputType.Boolean, "False: only the folder itself.", Default: true),
    ];
}
