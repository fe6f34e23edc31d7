using System.Globalization;

namespace ImageBuilder.Yaml;

/// <summary>How plain values are understood: YAML 1.2's numbers, and YAML 1.1's words for yes and no because documents in the wild use them.</summary>
public static class YamlValues
{
    public static bool? Boolean(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" => true,
        "FALSE" or "NO" or "OFF" => false,
        _ => null,
    };

    public static long? Whole(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
