using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Creates folders.</summary>
public sealed class CreateFolder : IActionModule
{
    public string Name => "CreateFolder";

    public string Summary => "Creates folders, and those above them; a folder that exists is emptied.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The folder to create.", Required: true),
        new("owner", InputType.Text, "Name of the owning user.", NotOnWindows: true),
        new("group", InputType.Text, "Name of the owning group.", NotOnWindows: true),
        new("permissions", InputType.Permissions, "Permission bits in octal; without them 0777 less the umask.", NotOnWindows: true),
        new("overwrite", InputType.Boolean, "True: a folder that exists is replaced by an empty one. False: it is an error.", Default: true),
    ];
}
