using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>Renders the bound steps of components, in the order of their layers.</summary>
/// <param name="parent">Key of the parent image's layer.</param>
/// <param name="objects">Null: nobody asks beforehand what downloads mean.</param>
internal sealed class StepPlanner(ScriptRenderer renderer, string architecture, string parent, CloudObjects? objects, ProblemBag problems)
{
    private string _top = parent;

    public IReadOnlyList<PlannedStep> Plan(BoundComponent component) =>
        [.. (component.Rendered ??= [.. component.Steps.Select(step => Digested(Plan(component, step)))]).Select(Keyed)];

    private static PlannedStep Digested(PlannedStep step) => step with { ContentDigest = Digests.Of(step.Content) };

    private PlannedStep Keyed(PlannedStep step)
    {
        if (step.Phase != DocumentPhase.Build) return step;
        _top = LayerKeys.Step(_top, architecture, step);
        return step with { Key = _top };
    }

    private PlannedStep Plan(BoundComponent component, BoundStep bound)
    {
        var (step, module, marks) = (bound.Step, bound.Module!, component.Marks); // a step with an unknown action is a problem: it is not planned
        var head = renderer.Head(component.Planned.Name, bound.Phase, step.Name, step.Action, bound.Loop);
        var script = marks.Split(head + renderer.Body(module, bound.Entries, bound.Choices), renderer.Shell);
        var condition = bound.If is { } told ? new StepCondition(marks.Split(head + renderer.Condition(told.Condition), renderer.Shell), told.Then, told.Else) : null;
        return new PlannedStep
        {
            Component = component.Planned.Name,
            ComponentVersion = component.Planned.Version,
            Phase = bound.Phase,
            Outer = bound.Outer,
            Name = step.Name,
            Action = step.Action,
            Script = script,
            If = condition,
            Loop = bound.Loop,
            TimeoutSeconds = step.TimeoutSeconds ?? (module.RunsDocument ? -1 : DocumentStep.DefaultTimeout),
            OnFailure = step.OnFailure,
            MaxAttempts = step.MaxAttempts ?? 1,
            Reboots = module.Reboots,
            Documents = [.. bound.Documents.Select(d => Plan(component, d))],
            Secrets = marks.Secrets([script, .. condition is null ? [] : (IEnumerable<Script>)[condition.Script], .. bound.Loop?.Texts ?? []]),
            Inputs = [.. bound.Entries.Select(e => e.Texts.ToDictionary(t => t.Key, t => marks.Split(t.Value)))],
            Values = bound.Values.ToDictionary(v => v.Key, v => marks.Show(v.Value)),
            Files = bound.Files,
            Transfer = module.Transfer,
            TransferInput = module.TransferInput,
            Objects = objects?.Of(bound, problems) ?? [],
            At = step.At,
        };
    }

    private PlannedDocument Plan(BoundComponent component, BoundDocument bound) => new(bound.Document.Name, bound.Document.Description, bound.Document.File,
        [.. bound.Phases.Select(p => new PlannedPhase(p.Name, [.. p.Steps.Select(s => Plan(component, s))]))]);
}
