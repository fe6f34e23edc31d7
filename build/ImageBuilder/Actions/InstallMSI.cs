using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Installs a Windows Installer package.</summary>
public sealed class InstallMSI : IActionModule
{
    public string Name => "InstallMSI";

    public string Summary => "Installs a Windows Installer package, checks its signature before, and restarts the machine if that is wanted.";

    public IReadOnlyList<string> Platforms => ["Windows"];

    public InputForm Form => InputForm.Map;

    public Transfer Transfer => Transfer.Download;

    public string TransferInput => "path";

    public IReadOnlyList<ActionInput> Inputs { get; } = Packages.Inputs;

    public IReadOnlyList<string> Outputs => Packages.Outputs;

    public void Check(ActionEntry entry, ProblemBag problems) => Packages.Check(Name, entry, problems);
}
