using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>Renders the bound steps of components, in the order of their layers.</summary>
/// <param name="parent">Key of the parent image's layer.</param>
internal sealed class StepPlanner(ScriptRenderer renderer, string architecture, string parent)
{
    private string _top = parent;

    public IReadOnlyList<PlannedStep> Plan(BoundComponent component) => [.. component.Steps.Select(step => Plan(component, step))];

    private PlannedStep Plan(BoundComponent component, BoundStep bound)
    {
        var (step, module) = (bound.Step, bound.Module!); // a step with an unknown action is a problem: it is not planned
        var body = renderer.Body(module, bound.Entries);
        var head = renderer.Head(component.Planned.Name, bound.Phase, step.Name, step.Action);
        if (bound.Phase == DocumentPhase.Build)
            _top = LayerKeys.Step(_top, architecture, component.Marks.Split(body, renderer.Shell), bound.Files, module.Reboots);
        return new PlannedStep
        {
            Component = component.Planned.Name,
            ComponentVersion = component.Planned.Version,
            Phase = bound.Phase,
            Name = step.Name,
            Action = step.Action,
            Script = component.Marks.Split(head + body, renderer.Shell),
            TimeoutSeconds = step.TimeoutSeconds,
            OnFailure = step.OnFailure,
            MaxAttempts = step.MaxAttempts,
            Reboots = module.Reboots,
            Files = bound.Files,
            At = step.At,
            Key = bound.Phase == DocumentPhase.Build ? _top : "",
        };
    }
}
