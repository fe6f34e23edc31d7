using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Installs the updates of the operating system.</summary>
public sealed class UpdateOS : IActionModule
{
    public string Name => "UpdateOS";

    public string Summary => "Installs updates with the package manager that is there: apt-get, dnf, yum or zypper, or Windows Update.";

    public IReadOnlyList<string> Platforms => ["Linux", "Windows"];

    public InputForm Form => InputForm.OptionalMap;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("include", InputType.Texts, "Names of the packages to update; on Windows numbers like KB5034441, or titles, with `*` for any characters. Without them all."),
        new("exclude", InputType.Texts, "Names of what is left as it is."),
    ];
}
