using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>
/// Reads commands as far as it takes to know what stands in quotes. Several texts are one script: a quote may end in the one after it.
/// </summary>
internal sealed class CommandText(Shell shell)
{
    private enum Within { Code, Single, Double, Ansi, Comment, Lines }

    // What stands around: a substitution in double quotes is code again.
    private readonly Stack<Within> _around = [];
    private readonly Queue<string> _delimiters = [];
    private Within _within = Within.Code;
    private string _text = "";
    private int _at;

    /// <summary>The expressions of the next text that stand in code: neither in quotes, nor in a comment, nor in a here-document.</summary>
    public IReadOnlyList<Expression> Unquoted(string text)
    {
        var found = new List<Expression>();
        (_text, _at) = (text + "\n", 0);
        while (_at < _text.Length)
        {
            if (Starts("{{{")) _at = _text.AsSpan(_at).IndexOfAnyExcept('{') + _at; // another template language
            else if (Starts("{{") && TextEvaluator.Read(_text, _at) is var (expression, end))
            {
                if (_within == Within.Code) found.Add(expression);
                _at = end;
            }
            else if (_within == Within.Lines) Line();
            else Character();
        }

        return found;
    }

    private bool Starts(string with) => string.CompareOrdinal(_text, _at, with, 0, with.Length) == 0;

    private void Character()
    {
        var c = _text[_at];
        if (c == (shell == Shell.Bash ? '\\' : '`') && _within is Within.Code or Within.Double or Within.Ansi) _at++;
        else if (c == '\n' && _within == Within.Comment) _within = Within.Code;
        else if (_within is Within.Code or Within.Double && Starts("$(")) Push(2);
        else if (_within == Within.Code) Code(c);
        else if ((c, _within) is ('\'', Within.Single or Within.Ansi) or ('"', Within.Double)) _within = Within.Code;
        if (c == '\n' && _within == Within.Code && _delimiters.Count > 0) _within = Within.Lines;
        _at++;
    }

    private void Code(char c)
    {
        switch (c)
        {
            case '\'':
                _within = shell == Shell.Bash && _at > 0 && _text[_at - 1] == '$' ? Within.Ansi : Within.Single;
                break;
            case '"':
                _within = Within.Double;
                break;
            case '(':
                Push(1);
                break;
            case ')' when _around.Count > 0:
                _within = _around.Pop();
                break;
            case '#' when _at == 0 || char.IsWhiteSpace(_text[_at - 1]) || _text[_at - 1] is ';' or '(' or '&' or '|':
                _within = Within.Comment;
                break;
            case '<' when shell == Shell.Bash && Starts("<<") && !Starts("<<<"):
                HereDocument();
                break;
            case '<' when Starts("<<<"):
                _at += 2;
                break;
            case '@' when shell == Shell.PowerShell && (Starts("@'\n") || Starts("@\"\n")):
                _delimiters.Enqueue(_text[_at + 1] + "@");
                _at++;
                break;
        }
    }

    private void Push(int length)
    {
        _around.Push(_within);
        _within = Within.Code;
        _at += length - 1;
    }

    private void HereDocument()
    {
        var end = _at + 2;
        while (end < _text.Length && _text[end] is '-' or ' ' or '\t') end++;
        var start = end;
        while (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] is not (';' or '|' or '&' or ')' or '<' or '>')) end++;
        _delimiters.Enqueue(_text[start..end].Trim('\'', '"', '\\'));
        _at = end - 1;
    }

    // A line of a here-document, up to its end or to the next expression.
    private void Line()
    {
        var end = _text.IndexOf('\n', _at);
        var line = _text[_at..end];
        var delimiter = _delimiters.Peek();
        var first = _at == 0 || _text[_at - 1] == '\n';
        if (first && (shell == Shell.Bash ? line.TrimStart('\t') == delimiter : line.StartsWith(delimiter, StringComparison.Ordinal)))
        {
            _delimiters.Dequeue();
            if (_delimiters.Count == 0) _within = Within.Code;
            _at = shell == Shell.Bash ? end + 1 : _at + delimiter.Length;
            return;
        }

        var next = line.IndexOf("{{", Math.Min(1, line.Length), StringComparison.Ordinal);
        _at = next < 0 ? end + 1 : _at + next;
    }
}
