using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Yaml;

namespace ImageBuilder.Tests.Actions;

/// <summary>A component document as text, and the script of each of its steps.</summary>
internal sealed record RenderedDocument(IReadOnlyList<RenderedDocument.Step> Steps, IReadOnlyList<Problem> Problems)
{
    internal sealed record Step(BoundStep Bound, PlannedStep Planned)
    {
        public Script Script => Planned.Script;

        /// <summary>All that the step runs: its condition, its own script, and those of the steps of its documents.</summary>
        public IEnumerable<Script> Scripts => Planned.WithNested.SelectMany(s => new[] { s.If?.Script, s.Script }).OfType<Script>();
    }

    private static readonly Dictionary<Shell, ScriptRenderer> s_renderers = Enum.GetValues<Shell>().ToDictionary(shell => shell, shell => new ScriptRenderer(shell));

    /// <param name="folder">Where the component's own files are.</param>
    public static RenderedDocument Of(string text, string folder = "/nonexistent", string shown = "component.yml", params IReadOnlyList<(string, string)> values) =>
        For("Linux", text, folder, shown, values);

    public static RenderedDocument For(
        string platform, string text, string folder = "/nonexistent", string shown = "component.yml", params IReadOnlyList<(string, string)> values)
    {
        var problems = new ProblemBag();
        var document = YamlReader.Read(text, shown, YamlReader.DocumentLimit, problems) is { } root ? new DocumentReader(problems).Read(root) : null;
        if (document is null) return new RenderedDocument([], problems.All);
        var known = document.Parameters.Select(p => (p.Name, p.Default ?? Marks.Unknown)).Concat(document.Constants.Select(c => (c.Name, c.Value))).Concat(values)
            .GroupBy(v => v.Item1).ToDictionary(g => g.Key, g => g.Last().Item2);
        var marks = new Marks();
        var steps = new DocumentBinder(Catalog<IActionModule>.All, platform, problems).Bind(document, known, new ComponentFiles(folder, "components/case/1.0.0"), marks);
        var renderer = s_renderers[Shells.Of(platform)];
        if (problems.HasErrors) return new RenderedDocument([], problems.All);
        var component = new PlannedComponent("case", "1.0.0", "components/case/1.0.0", "", new Dictionary<string, string>());
        var planned = new StepPlanner(renderer, "x86_64", "parent", objects: null, problems).Plan(new BoundComponent(component, steps, marks));
        return new RenderedDocument([.. steps.Zip(planned, (bound, step) => new Step(bound, step))], problems.All);
    }

    /// <summary>A document with one step, whose inputs are flow YAML (JSON).</summary>
    public static RenderedDocument OfStep(string action, string inputs, params IReadOnlyList<(string, string)> values) => StepFor("Linux", action, inputs, values);

    public static RenderedDocument StepFor(string platform, string action, string inputs, params IReadOnlyList<(string, string)> values) => For(platform, $$"""
        schemaVersion: 1.0
        parameters:
        {{(values.Count == 0 ? "  []" : string.Join('\n', values.Select(v => $"  - {v.Item1}: {{ type: string }}")))}}
        phases:
          - name: build
            steps:
              - name: Step
                action: {{action}}
                inputs: {{inputs}}
        """, values: values);
}
