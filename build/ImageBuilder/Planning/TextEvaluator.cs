using System.Text;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>Replaces the expressions of one text. What an expression stands for is data: it is never looked through for expressions again.</summary>
/// <param name="value">Gives what an expression stands for.</param>
internal sealed class TextEvaluator(Func<Expression, Place, string> value)
{
    public string Evaluate(string text, Place at)
    {
        var start = text.IndexOf("{{", StringComparison.Ordinal);
        if (start < 0) return text;
        var result = new StringBuilder();
        var from = 0;
        while (start >= 0)
        {
            var next = start + 2;
            if (Read(text, start) is var (expression, end))
            {
                result.Append(text, from, start - from).Append(value(expression, at));
                from = next = end;
            }

            // `{{{ x }}}` belongs to another template language: none of its braces opens an expression of ours.
            while (next == start + 2 && next < text.Length && text[next] == '{') start = next++ - 1;
            start = text.IndexOf("{{", next, StringComparison.Ordinal);
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The expression that begins there, and where it ends; null when the braces are the text's own business.</summary>
    public static (Expression, int End)? Read(string text, int start)
    {
        if (start + 2 < text.Length && text[start + 2] == '{') return null;
        var end = text.IndexOf("}}", start + 2, StringComparison.Ordinal);
        if (end < 0 || text.AsSpan(start + 2, end - start - 2).ContainsAny('{', '\n')) return null;
        return Expression.TryParse(text[start..(end + 2)]) is { } expression ? (expression, end + 2) : null;
    }
}
