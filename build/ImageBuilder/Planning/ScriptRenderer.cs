using ImageBuilder.Contracts;
using Scriban.Runtime;

namespace ImageBuilder.Planning;

/// <summary>Makes the script of a step from its module's template.</summary>
internal sealed class ScriptRenderer(Templates templates)
{
    /// <summary>The script without its first lines, so that it does not depend on what component and step are called.</summary>
    public string Body(IActionModule module, IReadOnlyList<ActionEntry> entries)
    {
        var items = new ScriptArray(entries.Select(entry => Item(module, entry)));
        return templates.Render($"Actions/{module.Name}.sh.sbn", new ScriptObject { ["entries"] = items, ["entry"] = items.FirstOrDefault() });
    }

    /// <summary>The first lines of every script.</summary>
    public static string Head(string component, string phase, string step, string action) =>
        $"#!/usr/bin/env bash\n# {component} / {phase} / {step}: {action}\n\n";

    private static ScriptObject Item(IActionModule module, ActionEntry entry)
    {
        var item = new ScriptObject();
        foreach (var input in module.Inputs) item[input.Name] = entry.Values.GetValueOrDefault(input.Name);
        return item;
    }
}
