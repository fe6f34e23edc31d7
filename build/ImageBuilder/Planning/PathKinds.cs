using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Tells from the paths in a step's inputs which platform they are meant for.</summary>
internal static class PathKinds
{
    /// <summary>True when a text is a path with a drive, as only Windows has them.</summary>
    public static bool HasDrive(YamlNode? inputs) => Has(inputs, text => text is [var letter, ':', '\\' or '/', ..] && char.IsAsciiLetter(letter));

    /// <summary>True when a text begins with a slash.</summary>
    public static bool HasRooted(YamlNode? inputs) => Has(inputs, text => text.StartsWith('/'));

    private static bool Has(YamlNode? node, Func<string, bool> isSo) => node switch
    {
        YamlScalar scalar => isSo(scalar.Text),
        YamlList list => list.Items.Any(item => Has(item, isSo)),
        YamlMap map => map.Entries.Any(e => Has(e.Value, isSo)),
        _ => false,
    };
}
