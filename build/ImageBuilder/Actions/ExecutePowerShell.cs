using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Runs commands, or a script file, with Windows PowerShell.</summary>
public sealed class ExecutePowerShell : IActionModule
{
    public string Name => "ExecutePowerShell";

    public string Summary => "Runs commands or a file with Windows PowerShell; exit code 3010 restarts the machine and runs the step again.";

    public IReadOnlyList<string> Platforms => ["Windows"];

    public InputForm Form => InputForm.Map;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("commands", InputType.Commands, "Lines of script. They are joined to one file. Either these or `file`."),
        new("file", InputType.SourcePath, "A script file whose name ends with `.ps1`, in the image or of the component."),
    ];

    public IReadOnlyList<string> Outputs => ["stdout"];

    public void Check(ActionEntry entry, ProblemBag problems)
    {
        var (commands, file) = (entry.Places.ContainsKey("commands"), entry.Places.ContainsKey("file"));
        if (commands == file)
            problems.Add(new Problem("IB1352", commands ? "ExecutePowerShell has `commands` and `file`." : "ExecutePowerShell needs `commands` or `file`.",
                "It runs one of the two.", commands ? "Remove one of them." : "Add one of them.", entry.At));
        if (entry.Known("file") is { } path && (!path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase) || path.Contains('*', StringComparison.Ordinal)))
            problems.Add(new Problem("IB1353", $"`{entry.Texts["file"]}` is not the name of a script file.", "PowerShell runs one file whose name ends with `.ps1`.",
                "Correct the name.", entry.PlaceOf("file")));
    }
}
