using ImageBuilder.Contracts;
using ImageBuilder.Model;
using Scriban.Runtime;

namespace ImageBuilder.Planning;

/// <summary>Makes the scripts of steps from the templates of their modules, in one shell.</summary>
internal sealed class ScriptRenderer(Shell shell)
{
    private readonly Dialect _dialect = Dialect.Of(shell);
    private readonly Templates _templates = new(Dialect.Of(shell));

    public Shell Shell => shell;

    /// <summary>The script without its first lines, so that it does not depend on what component and step are called.</summary>
    public string Body(IActionModule module, IReadOnlyList<ActionEntry> entries, IReadOnlyList<LateChoice> choices)
    {
        var items = new ScriptArray(entries.Select(entry => Item(module, entry)));
        return _dialect.Prelude(module.Name)
            + (choices.Count == 0 ? "" : _templates.Render("Planning/Choices", new ScriptObject { ["choices"] = new ScriptArray(choices.Select(Item)) }))
            + _templates.Render($"Actions/{module.Name}", new ScriptObject { ["entries"] = items, ["entry"] = items.FirstOrDefault() });
    }

    /// <summary>A script that says whether a condition holds: see <see cref="StepCondition"/>.</summary>
    public string Condition(Condition condition) => _dialect.Prelude("if") + _templates.Render("Planning/If", new ScriptObject { ["condition"] = condition });

    /// <summary>The first lines of every script. They end with an empty line.</summary>
    public string Head(string component, string phase, string step, string action, StepLoop? loop = null) =>
        _dialect.Head($"{component} / {phase} / {step}: {action}{(loop is null ? "" : $"\n# {OneLine(loop.ToString())}")}");

    private static string OneLine(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);

    private static ScriptObject Item(LateChoice choice) => new()
    {
        ["variable"] = choice.Variable,
        ["text"] = choice.Text,
        ["number"] = choice.IsNumber,
        ["boolean"] = choice.IsBoolean,
        ["options"] = new ScriptArray(choice.Options.Select(o => new ScriptObject { ["value"] = o.Value, ["texts"] = o.Texts })),
        ["refusal"] = $"is not a value for {choice.Input.Name} of {choice.Action}: expected is {choice.Expected}",
    };

    private static ScriptObject Item(IActionModule module, ActionEntry entry)
    {
        var item = new ScriptObject();
        foreach (var input in module.Inputs) item[input.Name] = entry.Values.GetValueOrDefault(input.Name);
        return item;
    }
}
