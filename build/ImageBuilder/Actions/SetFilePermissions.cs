using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Sets the permission bits of files.</summary>
public sealed class SetFilePermissions : IActionModule
{
    public string Name => "SetFilePermissions";

    public string Summary => "Sets the permission bits of files.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file; a link stands for the file it leads to.", Required: true),
        new("permissions", InputType.Permissions, "Permission bits in octal.", Required: true),
    ];
}
