using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>Binds the steps of one component: looks up its modules, replaces expressions, checks inputs.</summary>
internal sealed class DocumentBinder(IReadOnlyList<IActionModule> modules, string platform, ProblemBag problems)
{
    private readonly Dictionary<string, IActionModule> _modules = modules.ToDictionary(m => m.Name);

    /// <summary>The steps of the phases that are run, in the document's order.</summary>
    /// <param name="values">Parameters and constants by name.</param>
    public IReadOnlyList<BoundStep> Bind(ComponentDocument document, IReadOnlyDictionary<string, string> values, ComponentFiles files, Marks marks)
    {
        var scope = new Scope(document, values, marks, problems);
        var texts = new TextEvaluator(scope.Value);
        var steps = new List<BoundStep>();
        foreach (var phase in document.Phases.Where(p => p.IsRun))
        {
            scope.Enter(phase.Name);
            foreach (var step in phase.Steps)
            {
                var bound = Step(phase, step, new InputBinder(texts, files, platform, problems));
                scope.Add(bound);
                steps.Add(bound);
            }
        }

        return steps;
    }

    private BoundStep Step(DocumentPhase phase, DocumentStep step, InputBinder binder)
    {
        if (!_modules.TryGetValue(step.Action, out var module))
            problems.Add(new Problem("IB1206", $"`{step.Action}` is not an action.", "Actions are named exactly, in upper and lower case.",
                Suggestion.Fix(step.Action, _modules.Keys), step.ActionAt));
        else if (!module.Platforms.Contains(platform))
            problems.Add(new Problem("IB1207", $"`{step.Action}` does not exist on {platform}.", $"It runs on {string.Join(", ", module.Platforms)}.",
                "Use an action of the platform.", step.ActionAt));
        var entries = module is null ? [] : binder.Bind(module, step);
        return new BoundStep(phase.Name, step, module, entries, binder.Files);
    }
}
