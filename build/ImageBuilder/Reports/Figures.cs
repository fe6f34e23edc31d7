using System.Globalization;

namespace ImageBuilder.Reports;

/// <summary>Numbers as people read them, the same on every machine.</summary>
public static class Figures
{
    /// <summary><c>0.1 s</c>, <c>12.3 s</c>, <c>2 min 05 s</c>.</summary>
    public static string Time(double seconds)
    {
        if (seconds < 99.95) return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
        var whole = (long)Math.Round(seconds);
        return string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s");
    }

    /// <summary><c>512 B</c>, <c>1.5 MiB</c>, <c>4.0 GiB</c>.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }

    /// <summary><c>1 recipe</c>, <c>2 recipes</c>.</summary>
    public static string Count(int number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");
}
