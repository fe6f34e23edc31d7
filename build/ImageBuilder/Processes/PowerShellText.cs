using System.Text;

namespace ImageBuilder.Processes;

/// <summary>Quoting for PowerShell: the one place where a value becomes PowerShell text.</summary>
public static class PowerShellText
{
    // PowerShell takes the typographic quotes for the plain one.
    private const string Quotes = "'\u2018\u2019\u201A\u201B";

    /// <summary>The value in single quotes, in which nothing has a meaning but the quotes. NUL is refused as in shell words.</summary>
    public static string Quote(string value)
    {
        var literal = new StringBuilder(value.Length + 2).Append('\'');
        foreach (var c in value)
        {
            if (c == '\0') throw new ArgumentException("A PowerShell literal cannot contain NUL.", nameof(value));
            if (Quotes.Contains(c, StringComparison.Ordinal)) literal.Append(c);
            literal.Append(c);
        }

        return literal.Append('\'').ToString();
    }

    /// <summary>True when the text can stand in a here-string with single quotes: no line of it looks like the end.</summary>
    public static bool FitsHereString(string text)
    {
        for (var i = 0; i + 1 < text.Length; i++)
            if (text[i + 1] == '@' && Quotes.Contains(text[i], StringComparison.Ordinal) && (i == 0 || text[i - 1] is '\n' or '\r')) return false;
        return true;
    }
}
