using ImageBuilder.Model;

namespace ImageBuilder.Running;

/// <summary>Is told of steps while they run.</summary>
public interface IStepListener : IDisposable
{
    void Started(PlannedStep step);

    /// <summary>A line of the step's output.</summary>
    void Line(PlannedStep step, string text);

    /// <param name="reused">True when the step did not run: its layer was there.</param>
    void Ended(StepOutcome outcome, bool reused);
}
