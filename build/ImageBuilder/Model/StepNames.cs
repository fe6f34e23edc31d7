using ImageBuilder.Problems;

namespace ImageBuilder.Model;

/// <summary>Finds steps by what people type: <c>component/phase/step</c> as the console shows them, or less where that is enough.</summary>
public static class StepNames
{
    /// <summary>Everything that the text may mean: the step of this very id, else those whose id it shortens.</summary>
    /// <param name="ids">As <see cref="PlannedStep.Id"/>.</param>
    public static IReadOnlyList<string> Match(IReadOnlyCollection<string> ids, string text) =>
        ids.Contains(text) ? [text] : [.. ids.Where(id => Short(id).Contains(text))];

    /// <summary>The id that was probably meant, or null.</summary>
    public static string? Suggest(IReadOnlyCollection<string> ids, string text)
    {
        var all = ids.SelectMany(id => Short(id).Prepend(id).Select(name => (name, id))).ToList();
        return Suggestion.For(text, all.Select(a => a.name).Distinct()) is { } near ? all.First(a => a.name == near).id : null;
    }

    // phase/step, component/step, step. The names of components and phases have no slash.
    private static IEnumerable<string> Short(string id)
    {
        var parts = id.Split('/', 3);
        return parts is [var component, var phase, var step] ? [$"{phase}/{step}", $"{component}/{step}", step] : [];
    }
}
