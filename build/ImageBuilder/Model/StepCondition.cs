namespace ImageBuilder.Model;

/// <summary>What a step does once its <c>if</c> is decided.</summary>
public enum OnCondition { Abort, Execute, Skip }

/// <summary>A step's <c>if</c>: decided once, in the session, before the step's first iteration of its first attempt.</summary>
/// <param name="Script">Leaves the output <see cref="Output"/> with <see cref="Holds"/> or another text.</param>
public sealed record StepCondition(Script Script, OnCondition Then = OnCondition.Execute, OnCondition Else = OnCondition.Skip)
{
    /// <summary>Name of the output by which the script says how the condition was decided.</summary>
    public const string Output = "condition";

    /// <summary>The output's value when the condition holds.</summary>
    public const string Holds = "holds";
}
