using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Sets the permission bits of folders.</summary>
public sealed class SetFolderPermissions : IActionModule
{
    public string Name => "SetFolderPermissions";

    public string Summary => "Sets the permission bits of folders.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The folder.", Required: true),
        new("permissions", InputType.Permissions, "Permission bits in octal.", Required: true),
        new("recursive", InputType.Boolean, "False: only the folder itself.", Default: true),
    ];
}
