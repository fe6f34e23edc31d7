using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Sets the owner of files.</summary>
public sealed class SetFileOwner : IActionModule
{
    public string Name => "SetFileOwner";

    public string Summary => "Sets the owning user and group of files.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file; a link stands for the file it leads to.", Required: true),
        new("owner", InputType.Text, "Name of the owning user.", Required: true),
        new("group", InputType.Text, "Name of the owning group; without it the user's primary group."),
    ];
}
