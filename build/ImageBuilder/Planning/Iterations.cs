using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>The iterations of a loop whose values are known while planning.</summary>
/// <param name="depth">How many documents stand around the loop's.</param>
internal sealed class Iterations(Marks marks, int depth, IReadOnlyList<string> values)
{
    // Beyond, nothing is looked at value by value.
    private const int Limit = 1000;

    /// <summary>Null when outputs of earlier steps decide about them, or when they are too many.</summary>
    public static Iterations? Of(StepLoop loop, Marks marks, int depth)
    {
        if (loop.List is not null || (loop.ForEach?.Any(text => text.Parts.Any(p => p.Reference is not null || Marks.In(p.Text))) ?? false)) return null;
        var values = loop.Values(_ => null).Take(Limit + 1).ToList();
        return values.Count > Limit ? null : new Iterations(marks, depth, values);
    }

    /// <summary>The text in each iteration.</summary>
    public IReadOnlyList<string> Each(string text) => [.. values.Select((value, index) => marks.Within(text, depth, index, value))];
}
