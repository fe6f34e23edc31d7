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
    public string Body(IActionModule module, IReadOnlyList<ActionEntry> entries)
    {
        var items = new ScriptArray(entries.Select(entry => Item(module, entry)));
        return _dialect.Prelude(module.Name)
            + _templates.Render($"Actions/{module.Name}", new ScriptObject { ["entries"] = items, ["entry"] = items.FirstOrDefault() });
    }

    /// <summary>The first lines of every script.</summary>
    public string Head(string component, string phase, string step, string action) => _dialect.Head($"{component} / {phase} / {step}: {action}");

    private static ScriptObject Item(IActionModule module, ActionEntry entry)
    {
        var item = new ScriptObject();
        foreach (var input in module.Inputs) item[input.Name] = entry.Values.GetValueOrDefault(input.Name);
        return item;
    }
}
