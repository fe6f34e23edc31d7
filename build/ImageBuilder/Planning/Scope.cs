using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>What expressions of one component document stand for: parameters, constants, and what earlier steps took and gave.</summary>
/// <param name="values">Parameters and constants by name.</param>
internal sealed class Scope(ComponentDocument document, IReadOnlyDictionary<string, string> values, Marks marks, ProblemBag problems)
{
    private readonly Dictionary<(string Phase, string Step), BoundStep> _earlier = [];
    private string _phase = "";

    public void Enter(string phase) => _phase = phase;

    public void Add(BoundStep step) => _earlier[(step.Phase, step.Step.Name)] = step;

    /// <summary>The value of an expression; a problem and a stand-in when it has none.</summary>
    public string Value(Expression expression, Place at)
    {
        switch (expression)
        {
            case Expression.Name name:
                if (values.TryGetValue(name.Value, out var value)) return value;
                problems.Add(new Problem("IB1401", $"`{name.Source}` stands for nothing.",
                    $"The document has no parameter or constant `{name.Value}`.",
                    Suggestion.For(name.Value, values.Keys) is { } near ? $"Did you mean `{{{{ {near} }}}}`?" : "Declare it under `parameters`.", at));
                return Marks.Unknown;
            case Expression.Chain chain:
                return Earlier(chain, at) is { Module: { } module } step ? Chained(chain, step, module, at) : Marks.Unknown;
            default:
                problems.Add(new Problem("IB1402", $"`{expression.Source}` cannot be looked up yet.",
                    "Parameters of a cloud account need the aws engine.", "Give the value as a parameter of the component.", at));
                return Marks.Unknown;
        }
    }

    private BoundStep? Earlier(Expression.Chain chain, Place at)
    {
        if (document.Phases.FirstOrDefault(p => p.Name == chain.Phase) is not { } phase)
            problems.Add(new Problem("IB1403", $"`{chain.Source}` refers to a phase that does not exist.",
                $"The document has the phases {string.Join(", ", document.Phases.Select(p => p.Name))}.",
                Suggestion.Fix(chain.Phase, document.Phases.Select(p => p.Name).ToList()), at));
        else if (phase.Steps.FirstOrDefault(s => s.Name == chain.Step) is not { } step)
            problems.Add(new Problem("IB1404", $"`{chain.Source}` refers to a step that does not exist.",
                $"The phase `{phase.Name}` has the steps {string.Join(", ", phase.Steps.Select(s => s.Name))}.",
                Suggestion.Fix(chain.Step, phase.Steps.Select(s => s.Name).ToList()), at));
        else if (!phase.IsRun)
            problems.Add(new Problem("IB1405", $"`{chain.Source}` refers to a phase that is not run.", "Images run build, validate and test.",
                "Move the step into one of them.", at));
        else if (_phase != chain.Phase && (_phase == DocumentPhase.Test || chain.Phase == DocumentPhase.Test))
            problems.Add(new Problem("IB1406", $"`{chain.Source}` refers to a step of another stage.",
                "Tests run in the booted image, after building: nothing is handed over between them.", "Use a parameter, or a file in the image.", at));
        else if (!_earlier.TryGetValue((chain.Phase, chain.Step), out var bound))
            problems.Add(new Problem("IB1407", $"`{chain.Source}` refers to a step that has not run then.",
                $"`{chain.Step}` stands in line {step.At.Line}, not before this one.", "Move that step before this one.", at));
        else return bound;
        return null;
    }

    private string Chained(Expression.Chain chain, BoundStep step, IActionModule module, Place at)
    {
        var entries = module.Form == InputForm.List && (!chain.Output || module.OutputsPerEntry) ? step.Entries.Count : 1;
        if (chain.Index >= Math.Max(entries, 1))
            problems.Add(new Problem("IB1408", $"`{chain.Source}` refers to entry {chain.Index} of {entries}.",
                $"Entries of `{chain.Step}` are counted from 0.", "Correct the number.", at));
        else if (chain.Output) return Output(chain, module, at);
        else if (step.Entries.Count > 0 && step.Entries[chain.Index ?? 0].Texts.TryGetValue(chain.Variable, out var text)) return text;
        else if (step.Entries.Count > 0)
            problems.Add(new Problem("IB1409", $"`{chain.Source}` refers to an input that is not a text of that step.",
                $"It has: {string.Join(", ", step.Entries[chain.Index ?? 0].Texts.Keys)}.",
                Suggestion.Fix(chain.Variable, step.Entries[chain.Index ?? 0].Texts.Keys.ToList()), at));
        return Marks.Unknown;
    }

    private string Output(Expression.Chain chain, IActionModule module, Place at)
    {
        if (module.Outputs.Contains(chain.Variable))
            return marks.Refer(chain.Source, $"{chain.Phase}.{chain.Step}.outputs[{chain.Index ?? 0}].{chain.Variable}");
        problems.Add(new Problem("IB1410", $"`{chain.Source}` refers to an output that does not exist.",
            module.Outputs.Count == 0 ? $"{module.Name} has no outputs." : $"{module.Name} has: {string.Join(", ", module.Outputs)}.",
            Suggestion.Fix(chain.Variable, module.Outputs), at));
        return Marks.Unknown;
    }
}
