using System.Text;

namespace ImageBuilder.Running;

/// <summary>Cuts the bytes that a script writes into lines, and remembers the last of them.</summary>
/// <param name="line">Gets each line, without its end.</param>
public sealed class OutputLines(Action<string> line)
{
    private const int TailLines = 20;

    /// <summary>A line longer than this is handed on in pieces: output without line ends must not pile up in memory.</summary>
    private const int LineLimit = 16384;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _current = new();
    private readonly Queue<string> _tail = new();

    /// <summary>The last lines so far, joined by line ends.</summary>
    public string Tail => string.Join('\n', _tail);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var text = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, text, flush: false);
        // No text has NULs, and logs with them count as binary for grep; the agent also sends one of its own.
        ReadOnlySpan<char> rest = text.Contains('\0') ? text.Where(c => c != '\0').ToArray() : text;
        int end;
        while ((end = rest.IndexOf('\n')) >= 0)
        {
            Append(rest[..end]);
            Emit();
            rest = rest[(end + 1)..];
        }

        Append(rest);
    }

    /// <summary>Hands on what stands after the last line end.</summary>
    public void End()
    {
        if (_current.Length > 0) Emit();
    }

    private void Append(ReadOnlySpan<char> text)
    {
        while (_current.Length + text.Length > LineLimit)
        {
            var room = LineLimit - _current.Length;
            _current.Append(text[..room]);
            text = text[room..];
            Emit();
        }

        _current.Append(text);
    }

    private void Emit()
    {
        var text = _current.ToString().TrimEnd('\r');
        _current.Clear();
        _tail.Enqueue(text);
        if (_tail.Count > TailLines) _tail.Dequeue();
        line(text);
    }
}
