using System.Text;
using ImageBuilder.Problems;
using YamlDotNet.Core;

namespace ImageBuilder.Yaml;

/// <summary>
/// Reads YAML 1.2 (and so JSON) into nodes with places. Input may be hostile: size, depth and what aliases expand to are bounded,
/// tags that would make types are refused.
/// </summary>
public static class YamlReader
{
    /// <summary>AWSTOE's own limit for component documents.</summary>
    public const int DocumentLimit = 64 * 1024;

    public const int RecipeLimit = 1024 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a file of the repository; null when a problem made it unreadable.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="shown">How problems name it: relative to the repository.</param>
    public static YamlNode? ReadFile(string path, string shown, int limit, ProblemBag problems)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > limit)
            {
                problems.Add(TooBig(shown, stream.Length, limit));
                return null;
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Read(s_strictUtf8.GetString(bytes), shown, limit, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            problems.Add(new Problem("IB1001", $"`{shown}` cannot be read.", e.Message,
                "Save it as a readable UTF-8 text file.", new Place(shown)));
            return null;
        }
    }

    /// <summary>Reads text, with or without a byte order mark; null when a problem made it unreadable.</summary>
    public static YamlNode? Read(string text, string shown, int limit, ProblemBag problems)
    {
        if (text.Length > limit)
        {
            problems.Add(TooBig(shown, text.Length, limit));
            return null;
        }

        var scanner = new Scanner(new StringReader(text.StartsWith('\ufeff') ? text[1..] : text), skipComments: true);
        try
        {
            return new YamlBuilder(new Parser(scanner), shown, problems).Document();
        }
        catch (YamlRefusedException refused)
        {
            problems.Add(refused.Problem);
            return null;
        }
        catch (Exception e) when (e is YamlException || e.Source == typeof(Parser).Assembly.GetName().Name)
        {
            // Some mistakes of indentation end the scanner with an exception that says nothing.
            var (why, at) = e is YamlException told ? (told.Message.TrimEnd('.') + ".", told.Start)
                : ("The line does not go on with what stands before it.", scanner.CurrentPosition);
            var tab = why.Contains("tab", StringComparison.OrdinalIgnoreCase) ? IndentedByTab(text, (int)at.Line) : null;
            problems.Add(new Problem("IB1002", $"`{shown}` is not valid YAML.", why,
                tab is null ? "Correct the syntax there; the mistake is often in the line above (indentation, a missing quote or colon)."
                    : "Indent with blanks: tabs have no width that YAML could know.",
                tab is null ? YamlBuilder.At(shown, at) : new Place(shown, tab.Value, 1)));
            return null;
        }
    }

    // The parser's own place is where the structure began that the tab is in.
    private static int? IndentedByTab(string text, int from) => text.Split('\n').Index().Skip(from - 1)
        .Where(line => line.Item[..^line.Item.TrimStart(' ', '\t').Length].Contains('\t', StringComparison.Ordinal))
        .Select(line => (int?)line.Index + 1).FirstOrDefault();

    private static Problem TooBig(string shown, long size, int limit) => new("IB1003", $"`{shown}` is too big to be read.",
        $"It has {size} bytes; the limit is {limit}.", "Split it, or move long texts into files of the component.", new Place(shown));
}
