using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>What expressions of one component document stand for: parameters, constants, loops, and what earlier steps took and gave.</summary>
/// <param name="values">Parameters and constants by name.</param>
/// <param name="cloud">Null: what the account holds is not looked up.</param>
internal sealed class Scope(
    ComponentDocument document, IReadOnlyDictionary<string, string> values, Frame frame, Marks marks, CloudParameters? cloud, ProblemBag problems)
{
    private readonly Dictionary<(string Phase, string Step), BoundStep> _earlier = [];
    private Dictionary<string, string> _used = [];
    private string _phase = "";
    private StepLoop? _loop;
    private string _noLoop = "";

    public void Enter(string phase) => _phase = phase;

    /// <summary>The values that expressions stood for since this was asked the last time, as <see cref="PlannedStep.Values"/> names them.</summary>
    public IReadOnlyDictionary<string, string> TakeUsed()
    {
        var used = _used;
        _used = [];
        return used;
    }

    /// <summary>What a template may have read of the document's values.</summary>
    public void UseAll()
    {
        foreach (var name in values.Keys) Use(name, values[name]);
    }

    /// <summary>From here on expressions of this loop have values.</summary>
    public void Enter(StepLoop loop) => _loop = loop;

    /// <summary>From here on expressions of loops have none.</summary>
    /// <param name="why">Said when there is one.</param>
    public void LeaveLoop(string why) => (_loop, _noLoop) = (null, why);

    public void Add(BoundStep step) => _earlier[(step.Phase, step.Step.Name)] = step;

    /// <summary>True when whoever uses the document decides what the expression stands for, and may write anything there.</summary>
    public bool IsFree(Expression expression) => expression is Expression.Cloud or Expression.Resolved || (expression is Expression.Name name
        && document.Parameters.Any(p => p.Name == name.Value && p.Type is not ("integer" or "boolean")
            && (p.AllowedValues.Count == 0 || !p.AllowedValues.All(v => v.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')))));

    /// <summary>The value of an expression; a problem and a stand-in when it has none.</summary>
    public string Value(Expression expression, Place at)
    {
        switch (expression)
        {
            case Expression.Name name:
                if (values.TryGetValue(name.Value, out var value)) return Use(name.Value, value);
                // `docker inspect -f '{{range …}}…{{end}}'`: the words of Go's templates that look like names of ours.
                if (name.Value is "end" or "else") return name.Source;
                problems.Add(new Problem("IB1401", $"`{name.Source}` stands for nothing.",
                    $"The document has no parameter or constant `{name.Value}`.",
                    Suggestion.For(name.Value, values.Keys) is { } near ? $"Did you mean `{{{{ {near} }}}}`?" : "Declare it under `parameters`.", at));
                return Marks.Unknown;
            case Expression.Chain chain:
                return Earlier(chain, at) is { Module: { } module } step ? Chained(chain, step, module, at) : Marks.Unknown;
            case Expression.Iteration iteration:
                return Iterated(iteration, at);
            case Expression.Cloud parameter:
                return Stored(parameter.Source, parameter.Parameter, at);
            case Expression.Resolved resolved:
                return Resolve(resolved, at);
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is not an expression.");
        }
    }

    private string Use(string name, string value) => _used[document.Constants.Any(c => c.Name == name) ? $"constant {name}" : $"parameter {name}"] = value;

    private string Iterated(Expression.Iteration iteration, Place at)
    {
        var known = iteration.Of == "loop" || iteration.Of == _loop?.Name;
        if (_loop is not null && known)
            return marks.Refer(iteration.Source, iteration.Index ? StepLoop.IndexAt(frame.Depth) : StepLoop.ValueAt(frame.Depth));
        if (_loop is not null || known)
            problems.Add(new Problem("IB1411", $"`{iteration.Source}` is left as it is.",
                _loop is null ? _noLoop : _loop.Name.Length == 0 ? "The step's loop has no name." : $"The step's loop is called `{_loop.Name}`.",
                _loop is null ? "Add a `loop` to the step, or write a value." : $"Write `{{{{ loop.{(iteration.Index ? "index" : "value")} }}}}`.", at, Severity.Warning));
        return iteration.Source;
    }

    private string Resolve(Expression.Resolved resolved, Place at)
    {
        var name = Value(resolved.By, at);
        const string prefix = "aws:ssm:";
        if (name.StartsWith(prefix, StringComparison.Ordinal)) name = name[prefix.Length..];
        if (!Marks.In(name) || name == Marks.Unknown) return name == Marks.Unknown ? name : Stored(resolved.Source, name, at);
        problems.Add(new Problem("IB1412", $"`{resolved.Source}` has a name that is not known while planning.",
            "It is a secret, or an output of an earlier step.", "Name the parameter by a plain value.", at));
        return Marks.Unknown;
    }

    private string Stored(string source, string name, Place at)
    {
        switch (cloud?.Find(name))
        {
            case null:
                return Marks.Unknown;
            case { Problem: { } problem }:
                problems.Add(problem with { At = at });
                return Marks.Unknown;
            case { Parameter: { IsSecret: true } secret }:
                return marks.Secret(source, secret);
            case { Parameter.Value: { } value } when !Marks.In(value): // no parameter can look like one of our marks
                return _used[StepSecret.Prefix + name] = value;
            default:
                problems.Add(new Problem("IB1413", $"`{source}` stands for nothing.", $"The account has no parameter `{name}` in this region.",
                    "Correct the name, create the parameter, or choose another account or region (AWS_PROFILE, AWS_REGION).", at));
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
        else if (!frame.Runs(phase.Name) && frame.Runs(_phase))
            problems.Add(new Problem("IB1405", $"`{chain.Source}` refers to a phase that is not run.", "Images run build, validate and test.",
                "Move the step into one of them.", at));
        else if (!frame.OneSession && _phase != chain.Phase && (_phase == DocumentPhase.Test || chain.Phase == DocumentPhase.Test))
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
        else if (step.Entries.Count > 0 && step.Entries[chain.Index ?? 0].Texts.TryGetValue(chain.Variable, out var text)) return marks.WithoutLoops(text);
        else if (step.Entries.Count > 0)
            problems.Add(new Problem("IB1409", $"`{chain.Source}` refers to an input that is not a text of that step.",
                $"It has: {string.Join(", ", step.Entries[chain.Index ?? 0].Texts.Keys)}.",
                Suggestion.Fix(chain.Variable, step.Entries[chain.Index ?? 0].Texts.Keys.ToList()), at));
        return Marks.Unknown;
    }

    private string Output(Expression.Chain chain, IActionModule module, Place at)
    {
        if (module.Outputs.Contains(chain.Variable))
            return marks.Refer(chain.Source, $"{frame.Outer}{chain.Phase}.{chain.Step}.outputs[{chain.Index ?? 0}].{chain.Variable}");
        problems.Add(new Problem("IB1410", $"`{chain.Source}` refers to an output that does not exist.",
            module.Outputs.Count == 0 ? $"{module.Name} has no outputs." : $"{module.Name} has: {string.Join(", ", module.Outputs)}.",
            Suggestion.Fix(chain.Variable, module.Outputs), at));
        return Marks.Unknown;
    }
}
