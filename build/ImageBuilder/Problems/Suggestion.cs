namespace ImageBuilder.Problems;

/// <summary>Did-you-mean: the nearest known name by edit distance, when it is near enough to be meant.</summary>
public static class Suggestion
{
    /// <summary>The nearest of <paramref name="known"/>, or null when none is within a third of the length (at least 2 edits).</summary>
    public static string? For(string wrong, IEnumerable<string> known) => known
        .Select(name => (name, distance: Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant())))
        .Where(c => c.distance <= Math.Max(2, wrong.Length / 3))
        .OrderBy(c => c.distance).ThenBy(c => c.name, StringComparer.Ordinal)
        .Select(c => c.name).FirstOrDefault();

    /// <summary>A fix sentence: the suggestion if there is one, else all known names.</summary>
    public static string Fix(string wrong, IReadOnlyCollection<string> known) => For(wrong, known) is { } near
        ? $"Did you mean `{near}`?"
        : known.Count == 0 ? "Remove it." : $"Use one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";

    // Damerau-Levenshtein restricted to adjacent swaps: the four mistakes that typing makes.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
