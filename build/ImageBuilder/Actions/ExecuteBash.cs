using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Runs commands with bash.</summary>
public sealed class ExecuteBash : IActionModule
{
    public string Name => "ExecuteBash";

    public string Summary => "Runs commands as one bash script; exit code 194 restarts the machine and runs the step again.";

    public IReadOnlyList<string> Platforms => ["Linux", "macOS"];

    public InputForm Form => InputForm.Map;

    public IReadOnlyList<ActionInput> Inputs { get; } =
        [new("commands", InputType.Commands, "Lines of script. They are joined; the exit code of the last command counts.", Required: true)];

    public IReadOnlyList<string> Outputs => ["stdout"];
}
