using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>Binds the steps of one component: looks up its modules, replaces expressions, checks inputs.</summary>
/// <param name="platform">Null: each step is taken for what its action and its paths are for.</param>
internal sealed class DocumentBinder(IReadOnlyList<IActionModule> modules, string? platform, ProblemBag problems)
{
    private readonly Dictionary<string, IActionModule> _modules = modules.ToDictionary(m => m.Name);

    /// <summary>The phases that are run; by default those that images run.</summary>
    public Func<string, bool> Runs { get; init; } = name => name is DocumentPhase.Build or DocumentPhase.Validate or DocumentPhase.Test;

    /// <summary>True when all phases run in one session, so that each may refer to all before it.</summary>
    public bool OneSession { get; init; }

    /// <summary>True when nothing will be run: what another engine could run is then no mistake.</summary>
    public bool OnlyChecks { get; init; }

    /// <summary>Null: what the cloud account holds is not looked up.</summary>
    public CloudParameters? Cloud { get; init; }

    /// <summary>Null: documents in buckets and accounts are not looked at.</summary>
    public CloudDocuments? Documents { get; init; }

    /// <summary>The steps of the phases that are run, in the document's order; the others are checked only.</summary>
    /// <param name="values">Parameters and constants by name.</param>
    public IReadOnlyList<BoundStep> Bind(ComponentDocument document, IReadOnlyDictionary<string, string> values, ComponentFiles files, Marks marks)
    {
        var frame = new Frame("", [Path.GetFileName(document.File)], Runs, OneSession);
        return [.. Bind(document, values, files, marks, frame).Where(s => Runs(s.Phase))];
    }

    /// <summary>The steps of all phases.</summary>
    internal IReadOnlyList<BoundStep> Bind(
        ComponentDocument document, IReadOnlyDictionary<string, string> values, ComponentFiles files, Marks marks, Frame frame)
    {
        var scope = new Scope(document, values, frame, marks, Cloud, problems);
        var texts = new TextEvaluator(scope.Value);
        var readers = new Readers(scope, texts, new LoopReader(texts, marks, problems), new NestedBinder(this, files, marks, frame, problems), files,
            new FileTemplates(values, files, problems), marks, frame);
        var steps = new List<BoundStep>();
        foreach (var phase in document.Phases)
        {
            scope.Enter(phase.Name);
            readers.Loops.EnterPhase();
            foreach (var step in phase.Steps)
            {
                var bound = Step(phase, step, readers);
                scope.Add(bound);
                steps.Add(bound);
            }
        }

        return steps;
    }

    private BoundStep Step(DocumentPhase phase, DocumentStep step, Readers readers)
    {
        var (scope, texts, loops, nested, files, templates, marks, frame) = readers;
        scope.LeaveLoop(step.Loop is null ? "The step has no loop." : "The condition is decided once, before the loop, as is what the loop goes through.");
        var condition = step.If is null ? null : new IfReader(texts, problems).Read(step.If);
        var loop = step.Loop is null ? null : loops.Read(step.Loop);
        if (loop is not null) scope.Enter(loop);
        var iterations = loop is null ? null : Iterations.Of(loop, marks, frame.Depth);
        var module = Module(step);
        var binder = new InputBinder(texts, files, templates, platform ?? PlatformOf(step), iterations, scope.IsFree, problems)
        {
            OnlyChecks = OnlyChecks,
        };
        var entries = module is null ? [] : binder.Bind(module, step);
        if (binder.Files.Any(f => f.Content is not null)) scope.UseAll();
        return new BoundStep(phase.Name, step, module, entries, binder.Files)
        {
            Choices = binder.Choices,
            If = condition,
            Loop = loop,
            Iterations = iterations,
            Documents = module is { RunsDocument: true } ? nested.Bind(phase, step, entries, iterations) : [],
            Values = scope.TakeUsed(),
            Outer = frame.Outer,
        };
    }

    private IActionModule? Module(DocumentStep step)
    {
        if (!_modules.TryGetValue(step.Action, out var module))
            problems.Add(new Problem("IB1206", $"`{step.Action}` is not an action.", "Actions are named exactly, in upper and lower case.",
                Suggestion.Fix(step.Action, _modules.Keys), step.ActionAt));
        else if (platform is not null && !module.Platforms.Contains(platform))
            problems.Add(new Problem("IB1207", $"`{step.Action}` does not exist on {platform}.", $"It runs on {string.Join(", ", module.Platforms)}.",
                "Use an action of the platform.", step.ActionAt));
        return module;
    }

    private string PlatformOf(DocumentStep step) =>
        !_modules.TryGetValue(step.Action, out var module) ? "Linux"
        : !module.Platforms.Contains("Linux") ? module.Platforms[0]
        : module.Platforms.Contains("Windows") && PathKinds.HasDrive(step.Inputs) && !PathKinds.HasRooted(step.Inputs) ? "Windows" : "Linux";

    /// <summary>What the steps of one document are read with.</summary>
    private sealed record Readers(
        Scope Scope, TextEvaluator Texts, LoopReader Loops, NestedBinder Nested, ComponentFiles Files, FileTemplates Templates, Marks Marks, Frame Frame);
}
