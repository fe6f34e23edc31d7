using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Reads text files.</summary>
public sealed class ReadFile : IActionModule
{
    public string Name => "ReadFile";

    public string Summary => "Reads text files.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The file to read.", Required: true),
        new("encoding", InputType.Encoding, "How it is encoded.", Default: "UTF-8"),
        new("printFileContent", InputType.Boolean, "True: what it contains is also shown.", Default: false),
    ];

    public IReadOnlyList<string> Outputs => ["content"];

    public bool OutputsPerEntry => true;
}
