using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Fails unless a condition holds.</summary>
public sealed class Assert : IActionModule
{
    public string Name => "Assert";

    public string Summary => "Fails unless a condition holds.";

    public InputForm Form => InputForm.Map;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("condition", InputType.Condition, "One operator with its arguments, or `and`, `or`, `not` over others; it is written without a key of its own.",
            Required: true),
    ];
}
