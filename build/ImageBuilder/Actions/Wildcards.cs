using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>The rules for <c>*</c> in sources, which copying and moving share.</summary>
internal static class Wildcards
{
    public static void Check(string module, ActionEntry entry, ProblemBag problems)
    {
        if (entry.Text("source") is not { } source || !source.Contains('*', StringComparison.Ordinal)) return;
        var separators = entry.Platform == "Windows" ? "/\\" : "/";
        if (source.AsSpan().LastIndexOfAny(separators) > source.IndexOf('*', StringComparison.Ordinal))
            problems.Add(new Problem("IB1330", $"`{entry.Texts["source"]}` has `*` in a folder's name.", $"{module} looks for files in one folder.",
                $"Use `*` after the last `{separators[^1]}` only.", entry.PlaceOf("source")));
        if (entry.Text("destination") is { Length: > 0 } destination && !separators.Contains(destination[^1], StringComparison.Ordinal))
            problems.Add(new Problem("IB1331", $"The destination `{entry.Texts["destination"]}` cannot take several files.",
                $"The source has `*`, and only a destination that ends with `{separators[^1]}` is a folder.", $"Write `{destination}{separators[^1]}`.",
                entry.PlaceOf("destination")));
    }
}
