using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Converts files from UTF-8 to another encoding.</summary>
public sealed class SetFileEncoding : IActionModule
{
    public string Name => "SetFileEncoding";

    public string Summary => "Converts files from UTF-8 to another encoding.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file to convert.", Required: true),
        new("encoding", InputType.Encoding, "What it is converted to; without a byte order mark.", Default: "UTF-8"),
    ];
}
