using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Restarts the machine; the next step runs afterwards.</summary>
public sealed class Reboot : IActionModule
{
    public string Name => "Reboot";

    public string Summary => "Restarts the machine; the next step runs afterwards.";

    public IReadOnlyList<string> Platforms => ["Linux", "Windows"];

    public InputForm Form => InputForm.OptionalMap;

    public IReadOnlyList<ActionInput> Inputs { get; } = [new("delaySeconds", InputType.Number, "Seconds to wait before.", Default: 0L)];

    public bool Reboots => true;
}
