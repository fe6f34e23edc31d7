using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Appends text to files that exist.</summary>
public sealed class AppendFile : IActionModule
{
    public string Name => "AppendFile";

    public string Summary => "Appends text to files that exist.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file to append to.", Required: true),
        new("content", InputType.Text, "What is appended.", Default: ""),
        new("encoding", InputType.Encoding, "How the content is encoded; without a byte order mark.", Default: "UTF-8"),
    ];
}
