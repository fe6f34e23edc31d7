using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Installs the updates of the operating system.</summary>
public sealed class UpdateOS : IActionModule
{
    public string Name => "UpdateOS";

    public string Summary => "Installs updates with the package manager that is there: apt-get, dnf, yum or zypper.";

    public IReadOnlyList<string> Platforms => ["Linux", "Windows"];

    public InputForm Form => InputForm.OptionalMap;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("include", InputType.Texts, "Names of the packages to update; without them all."),
        new("exclude", InputType.Texts, "Names of packages to leave as they are."),
    ];
}
