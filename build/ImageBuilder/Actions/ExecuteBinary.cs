using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Runs a program with arguments; exit code 194 (Windows: 3010) restarts the machine and runs the step again.</summary>
public sealed class ExecuteBinary : IActionModule
{
    public string Name => "ExecuteBinary";

    public string Summary => "Runs a program with arguments; exit code 194 (Windows: 3010) restarts the machine and runs the step again.";

    public InputForm Form => InputForm.Map;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The program.", Required: true),
        new("arguments", InputType.Texts, "Its arguments, each as it is."),
    ];

    public IReadOnlyList<string> Outputs => ["stdout"];
}
