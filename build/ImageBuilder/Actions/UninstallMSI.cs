using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Uninstalls a Windows Installer package.</summary>
public sealed class UninstallMSI : IActionModule
{
    public string Name => "UninstallMSI";

    public string Summary => "Uninstalls a Windows Installer package, checks its signature before, and restarts the machine if that is wanted.";

    public IReadOnlyList<string> Platforms => ["Windows"];

    public InputForm Form => InputForm.Map;

    public Transfer Transfer => Transfer.Download;

    public string TransferInput => "path";

    public IReadOnlyList<ActionInput> Inputs { get; } = Packages.Inputs;

    public IReadOnlyList<string> Outputs => Packages.Outputs;

    public void Check(ActionEntry entry, ProblemBag problems) => Packages.Check(Name, entry, problems);
}
