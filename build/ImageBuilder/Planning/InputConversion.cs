using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Turns the text of an input into what templates get for its type; null when it is not of that type.</summary>
internal static class InputConversion
{
    public static object? Boolean(string text) => YamlValues.Boolean(text);

    public static object? Number(string text) => YamlValues.Whole(text) is >= 0 and <= int.MaxValue and var number ? number : null;

    /// <summary>Four octal digits. <c>0777</c>, <c>777</c> and <c>0o777</c> mean the same, quoted or not: YAML 1.1 reads the first as a number.</summary>
    public static string? Permissions(string text)
    {
        var digits = text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text;
        if (digits.Length is < 3 or > 5 || !digits.All(c => c is >= '0' and <= '7')) return null;
        var value = digits.TrimStart('0').PadLeft(4, '0');
        return value.Length == 4 ? value : null;
    }

    /// <summary>iconv's names of encodings by those of documents: little-endian unless said otherwise, without a byte order mark.</summary>
    public static IReadOnlyDictionary<string, string> Encodings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["utf8"] = "UTF-8",
        ["utf-8"] = "UTF-8",
        ["utf16"] = "UTF-16LE",
        ["utf-16"] = "UTF-16LE",
        ["utf16-LE"] = "UTF-16LE",
        ["utf-16-LE"] = "UTF-16LE",
        ["utf16-BE"] = "UTF-16BE",
        ["utf-16-BE"] = "UTF-16BE",
        ["utf32"] = "UTF-32LE",
        ["utf-32"] = "UTF-32LE",
        ["utf32-LE"] = "UTF-32LE",
        ["utf-32-LE"] = "UTF-32LE",
        ["utf32-BE"] = "UTF-32BE",
        ["utf-32-BE"] = "UTF-32BE",
    };

    public static string? Encoding(string text) => Encodings.GetValueOrDefault(text);

    public static string? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0 ? text : null;
}
