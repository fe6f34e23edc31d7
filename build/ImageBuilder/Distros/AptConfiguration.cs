namespace ImageBuilder.Distros;

/// <summary>Reads the package sources that a host is configured with: <c>sources.list</c>, <c>*.list</c> and deb822 <c>*.sources</c> (sources.list(5)).</summary>
public static class AptConfiguration
{
    public const string HostFolder = "/etc/apt";

    /// <summary>All enabled binary sources, one for each URI and suite, in apt's order of files.</summary>
    public static IReadOnlyList<AptSource> Read(string folder)
    {
        var parts = Path.Combine(folder, "sources.list.d");
        IEnumerable<string> files = Directory.Exists(parts) ? Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal) : [];
        return
        [
            .. files.Prepend(Path.Combine(folder, "sources.list")).Where(File.Exists).SelectMany(file => Path.GetExtension(file) switch
            {
                ".list" => File.ReadLines(file).SelectMany(ParseLine),
                ".sources" => ParseStanzas(File.ReadLines(file)),
                _ => [],
            }),
        ];
    }

    /// <summary>A line of the one-line style; nothing for comments, source packages and what is malformed.</summary>
    public static IEnumerable<AptSource> ParseLine(string line)
    {
        var text = line.Split('#')[0].Trim();
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var open = text.IndexOf('[', StringComparison.Ordinal);
        var close = text.IndexOf(']', StringComparison.Ordinal);
        if (open >= 0 && close > open)
        {
            foreach (var option in Words(text[(open + 1)..close]))
                if (option.Split('=', 2) is [var name, var value]) options[name] = value;
            text = text[..open] + text[(close + 1)..];
        }

        return Words(text) is ["deb", var uri, var suite, .. var components]
            ? [new AptSource(uri, suite, components, options.GetValueOrDefault("signed-by"), IsYes(options.GetValueOrDefault("trusted")))]
            : [];
    }

    /// <summary>Stanzas of the deb822 style.</summary>
    public static IEnumerable<AptSource> ParseStanzas(IEnumerable<string> lines)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var last = "";
        foreach (var line in lines.Append(""))
        {
            if (line.StartsWith('#')) continue;
            if (line.Trim().Length == 0)
            {
                foreach (var source in Sources(fields)) yield return source;
                fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            }
            else if (char.IsWhiteSpace(line[0])) fields[last] = fields.GetValueOrDefault(last) + "\n" + line.Trim();
            else if (line.Split(':', 2) is [var name, var value]) fields[last = name] = value.Trim();
        }
    }

    private static IEnumerable<AptSource> Sources(Dictionary<string, string> fields)
    {
        if (!Words(fields.GetValueOrDefault("Types")).Contains("deb") || fields.GetValueOrDefault("Enabled") == "no") return [];
        var components = Words(fields.GetValueOrDefault("Components"));
        // A key written into the stanza itself has no file to name; apt's trusted keys then have to do.
        var signedBy = fields.GetValueOrDefault("Signed-By") is { } file && file.StartsWith('/') ? file : null;
        return from uri in Words(fields.GetValueOrDefault("URIs"))
               from suite in Words(fields.GetValueOrDefault("Suites"))
               select new AptSource(uri, suite, components, signedBy, IsYes(fields.GetValueOrDefault("Trusted")));
    }

    private static bool IsYes(string? value) => value is "yes" or "true";

    private static string[] Words(string? text) => (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
