using System.Globalization;
using System.Text;

namespace ImageBuilder.Reports;

/// <summary>
/// Makes text from elsewhere harmless: what would move a cursor, ring a bell or reorder a line is shown instead of done.
/// </summary>
public static class VisibleText
{
    /// <summary>The text as one line: line breaks become spaces.</summary>
    public static string Line(string text) => Of(text.ReplaceLineEndings(" "));

    /// <summary>The text with its line breaks, and with every other control character in caret or <c>\u</c> notation.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var c in text.ReplaceLineEndings("\n")) Append(shown, c);
        return shown.ToString();
    }

    private static void Append(StringBuilder shown, char c)
    {
        if (c == '\n') shown.Append(c);
        else if (c == '\t') shown.Append("    ");
        else if (c < ' ') shown.Append('^').Append((char)(c + '@'));
        else if (c == '\x7f') shown.Append("^?");
        else if (IsTreacherous(c)) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        else shown.Append(c);
    }

    // C1 controls act like escape sequences on some terminals; the others change the order or place of what is shown.
    private static bool IsTreacherous(char c) => c is (>= '\u0080' and <= '\u009f')
        or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff';
}
