using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Creates symbolic links, and the folders above them.</summary>
public sealed class CreateSymlink : IActionModule
{
    public string Name => "CreateSymlink";

    public string Summary => "Creates symbolic links, and the folders above them.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The link to create.", Required: true),
        new("target", InputType.Path, "What it leads to; it must exist.", Required: true),
        new("force", InputType.Boolean, "True: a link that exists is replaced. What is not a link never is.", Default: false),
    ];
}
