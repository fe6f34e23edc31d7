using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Sets values in the registry, and makes the keys that are missing.</summary>
public sealed partial class SetRegistry : IActionModule
{
    private static readonly string[] s_hives =
    [
        "HKEY_CLASSES_ROOT", "HKCR:", "HKEY_USERS", "HKU:", "HKEY_LOCAL_MACHINE", "HKLM:", "HKEY_CURRENT_CONFIG", "HKCC:", "HKEY_CURRENT_USER", "HKCU:",
    ];

    public string Name => "SetRegistry";

    public string Summary => "Sets values in the registry, and makes the keys that are missing.";

    public IReadOnlyList<string> Platforms => ["Windows"];

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.Path, "The key; begins with HKEY_CLASSES_ROOT, HKEY_USERS, HKEY_LOCAL_MACHINE, HKEY_CURRENT_CONFIG, HKEY_CURRENT_USER, "
            + "or HKCR:, HKU:, HKLM:, HKCC:, HKCU:.", Required: true),
        new("name", InputType.Text, "The value's name.", Required: true),
        new("value", InputType.Values, "Its data: a text or number; for MULTI_SZ a list of texts; for BINARY a list of bytes, or their digits in hex.", Required: true),
        new("type", InputType.Choice, "What kind of data it is.", Required: true, Choices: ["BINARY", "DWORD", "QWORD", "SZ", "EXPAND_SZ", "MULTI_SZ"]),
    ];

    public void Check(ActionEntry entry, ProblemBag problems)
    {
        if (entry.Known("path") is { } path && !s_hives.Contains(path.Split('\\')[0], StringComparer.OrdinalIgnoreCase))
            problems.Add(new Problem("IB1350", $"`{path}` is not a key of the registry.", $"Keys begin with one of {string.Join(", ", s_hives)}, and `\\`.",
                Suggestion.Fix(path.Split('\\')[0], s_hives), entry.PlaceOf("path")));
        if (entry.Known("value") is { } value && entry.Known("type") is not null && entry.Text("type") is { } type
            && entry.Values.GetValueOrDefault("value") is IReadOnlyList<string> values && !Fits(type, values))
            problems.Add(new Problem("IB1351", $"`{value}` cannot be data of the type {type}.", Expected(type), "Correct the value or the type.",
                entry.PlaceOf("value")));
    }

    private static bool Fits(string type, IReadOnlyList<string> values) => type switch
    {
        "DWORD" => values is [var number] && Number(number) is >= int.MinValue and <= uint.MaxValue,
        "QWORD" => values is [var number] && Number(number) is >= long.MinValue and <= ulong.MaxValue,
        "BINARY" => values is [var digits] && HexDigits().IsMatch(digits) || values.All(v => Number(v) is >= 0 and <= byte.MaxValue),
        "MULTI_SZ" => true,
        _ => values.Count == 1,
    };

    private static string Expected(string type) => type switch
    {
        "DWORD" => "It takes one number of 32 bits.",
        "QWORD" => "It takes one number of 64 bits.",
        "BINARY" => "It takes a list of numbers from 0 to 255, or two hex digits for each byte.",
        _ => "It takes one text.",
    };

    // The service's own example gives 1.1 to a DWORD: what stands behind the point is cut off.
    private static decimal? Number(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) ? bits : null
            : decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? decimal.Truncate(number) : null;

    [GeneratedRegex(@"\A([0-9a-fA-F]{2})+\z")]
    private static partial Regex HexDigits();
}
