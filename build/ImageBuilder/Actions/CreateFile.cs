using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Creates files with a given content.</summary>
public sealed class CreateFile : IActionModule
{
    public string Name => "CreateFile";

    public string Summary => "Creates files, and the folders above them.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file to create.", Required: true),
        new("content", InputType.Text, "What it contains.", Default: ""),
        new("encoding", InputType.Encoding, "How the content is encoded; without a byte order mark.", Default: "UTF-8"),
        new("owner", InputType.Text, "Name of the owning user.", NotOnWindows: true),
        new("group", InputType.Text, "Name of the owning group.", NotOnWindows: true),
        new("permissions", InputType.Permissions, "Permission bits in octal; without them 0666 less the umask.", NotOnWindows: true),
        new("overwrite", InputType.Boolean, "False: a file that exists is an error.", Default: true),
    ];
}
