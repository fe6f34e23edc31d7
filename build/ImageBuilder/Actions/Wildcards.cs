using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>The rules for <c>*</c> in paths, which copying, moving and deleting share.</summary>
internal static class Wildcards
{
    /// <summary>The source of something with a destination.</summary>
    public static void Check(string module, ActionEntry entry, ProblemBag problems)
    {
        if (!CheckPath(module, "source", entry, problems)) return;
        var separators = Separators(entry);
        if (entry.Text("destination") is { Length: > 0 } destination && !separators.Contains(destination[^1], StringComparison.Ordinal))
            problems.Add(new Problem("IB1331", $"The destination `{entry.Texts["destination"]}` is taken for a folder.",
                $"The source has `*`, which may stand for several; a folder is written with `{separators[^1]}` at its end.",
                $"Write `{destination}{separators[^1]}`.", entry.PlaceOf("destination"), Severity.Warning));
    }

    /// <returns>True when the path has any.</returns>
    public static bool CheckPath(string module, string input, ActionEntry entry, ProblemBag problems)
    {
        if (entry.Text(input) is not { } path || !path.Contains('*', StringComparison.Ordinal)) return false;
        var separators = Separators(entry);
        if (path.AsSpan().LastIndexOfAny(separators) > path.IndexOf('*', StringComparison.Ordinal))
            problems.Add(new Problem("IB1330", $"`{entry.Texts[input]}` has `*` in a folder's name.", $"{module} looks for files in one folder.",
                $"Use `*` after the last `{separators[^1]}` only.", entry.PlaceOf(input)));
        return true;
    }

    private static string Separators(ActionEntry entry) => entry.Platform == "Windows" ? "/\\" : "/";
}
