using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Lists the files in folders.</summary>
public sealed class ListFiles : IActionModule
{
    public string Name => "ListFiles";

    public string Summary => "Lists the files in folders.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The folder.", Required: true),
        new("fileNamePattern", InputType.Text, "What names must look like; `*` stands for any characters.", Default: "*"),
        new("recursive", InputType.Boolean, "True: the folders below too.", Default: false),
    ];

    public IReadOnlyList<string> Outputs => ["files"];

    public bool OutputsPerEntry => true;
}
