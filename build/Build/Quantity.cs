using System.Globalization;
using ImageBuilder.Problems;

namespace Build;

/// <summary>Values of switches with a unit.</summary>
internal static class Quantity
{
    private static readonly (string Unit, double Seconds)[] s_ages = [("s", 1), ("min", 60), ("h", 3600), ("d", 86400), ("w", 604800)];

    private static readonly (string Unit, double Bytes)[] s_sizes =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>An age such as <c>30d</c>; null when the switch was not given, or not understood.</summary>
    public static TimeSpan? Age(CommandLine line, Switch one, ProblemBag problems) =>
        Read(line, one, s_ages, "30d, 12h or 90min", problems) is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, 1e9)) : null;

    /// <summary>A size in bytes, e.g. of <c>10GiB</c>; null when the switch was not given, or not understood.</summary>
    public static long? Size(CommandLine line, Switch one, ProblemBag problems) => (long?)Read(line, one, s_sizes, "10GiB or 500MiB", problems);

    /// <summary>A whole number; null when the switch was not given, or not understood.</summary>
    public static int? Number(CommandLine line, Switch one, ProblemBag problems)
    {
        if (line.Last(one) is not { } given) return null;
        if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        problems.Add(new Problem("IB7046", $"`--{one.Name}={given}` is no whole number.", one.Help, $"Write e.g. `--{one.Name}=4711`."));
        return null;
    }

    private static double? Read(CommandLine line, Switch one, (string Unit, double Factor)[] units, string examples, ProblemBag problems)
    {
        if (line.Last(one) is not { } given) return null;
        foreach (var (unit, factor) in units)
            if (given.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(given[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return number * factor;
        problems.Add(new Problem("IB7045", $"`--{one.Name}={given}` is not understood.", $"It is a number with a unit: {string.Join(", ", units.Select(u => u.Unit))}.",
            $"Write e.g. {examples}."));
        return null;
    }
}
