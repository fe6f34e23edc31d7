using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.Model;

/// <summary>Which build of an image is spoken of.</summary>
/// <param name="Date">When it was made.</param>
public sealed record ImageBuild(string Recipe, string Version, int Build, string Architecture, DateTimeOffset Date);

/// <summary>
/// <c>{{ imagebuilder:buildDate }}</c> and the like in names, tags and paths of a distribution; a date may have a form behind it:
/// <c>{{ imagebuilder:buildDate:yyyyMMdd }}</c>.
/// </summary>
public static partial class ImageExpressions
{
    private const string Date = "buildDate";

    // As EC2 Image Builder writes it, in characters that names of images may have.
    private const string DateForm = "yyyy-MM-dd'T'HH-mm-ss'Z'";

    private static readonly Dictionary<string, Func<ImageBuild, string>> s_values = new()
    {
        [Date] = b => b.Date.UtcDateTime.ToString(DateForm, CultureInfo.InvariantCulture),
        ["buildVersion"] = b => $"{b.Version}/{b.Build}",
        ["recipe"] = b => b.Recipe,
        ["version"] = b => b.Version,
        ["build"] = b => b.Build.ToString(CultureInfo.InvariantCulture),
        ["architecture"] = b => b.Architecture,
    };

    public static IReadOnlyList<string> Names => [.. s_values.Keys];

    /// <summary>The first expression that is not known; null: all are.</summary>
    public static string? Mistake(string text) => Marks().Matches(text).Select(m => m.Value).FirstOrDefault(mark => Read(mark) is null);

    /// <summary>The text with the values of a build.</summary>
    public static string Fill(string text, ImageBuild build) => Marks().Replace(text, mark => Read(mark.Value)?.Invoke(build) ?? mark.Value);

    private static Func<ImageBuild, string>? Read(string mark)
    {
        if (Known().Match(mark) is not { Success: true } match || !s_values.TryGetValue(match.Groups["name"].Value, out var value)) return null;
        if (match.Groups["form"] is not { Success: true, Value: var form }) return value;
        return match.Groups["name"].Value == Date ? b => b.Date.UtcDateTime.ToString(form, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"\{\{.*?\}\}")]
    private static partial Regex Marks();

    [GeneratedRegex(@"^\{\{\s*imagebuilder:(?<name>\w+)(:(?<form>[yMdHmsf-]{2,}))?\s*\}\}$")]
    private static partial Regex Known();
}
