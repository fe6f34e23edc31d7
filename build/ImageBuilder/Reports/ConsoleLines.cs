using System.Globalization;
using ImageBuilder.Problems;

namespace ImageBuilder.Reports;

/// <summary>Writes lines to a terminal and keeps some live lines under them. Not thread-safe: its report locks.</summary>
internal sealed class ConsoleLines(Terminal terminal)
{
    private const string Frames = "|/-\\";
    private const string Dim = "2", Bold = "1", Red = "31", Yellow = "33";
    private List<Action>? _held;
    private int _live; // lines
    private bool _started;

    public bool IsLive => terminal.Live;

    /// <summary>Keeps everything back until <see cref="Release"/>.</summary>
    public void Hold()
    {
        ClearLive();
        _held ??= [];
    }

    public void Release()
    {
        var held = _held ?? [];
        _held = null;
        foreach (var write in held) write();
    }

    public void Write(string text)
    {
        if (_held is not null)
        {
            _held.Add(() => Write(text));
            return;
        }

        ClearLive();
        terminal.Output.WriteLine(text);
        _started = true;
    }

    public void WriteHeading(string text)
    {
        if (_started) Write("");
        Write(Styled(Bold, text));
    }

    /// <summary>A line with a time at the right edge. Text that is too long pushes the time to the right.</summary>
    public void WriteTimed(int depth, string text, string time, string status)
    {
        var left = $"{new string(' ', depth * 2)}{VisibleText.Line(text)}";
        var right = status == "success" ? time : $"{time}  {status}";
        var gap = Math.Max(2, terminal.Width - left.Length - right.Length);
        var style = status is "failed" or "stopped" ? Red : status is "IgnoredFailure" or "skipped" ? Yellow
            : time is "cached" or "reused" ? Dim : null;
        Write($"{left}{new string(' ', gap)}{Styled(style, right)}");
    }

    public void WriteProblem(Problem problem, IEnumerable<string> also)
    {
        if (_held is not null)
        {
            _held.Add(() => WriteProblem(problem, also));
            return;
        }

        ClearLive();
        var first = true;
        foreach (var line in ProblemText.Lines(problem).Concat(also.Select(a => $"    {VisibleText.Line(a)}")))
        {
            terminal.Error.WriteLine(first ? Styled(problem.Severity == Severity.Error ? Red : Yellow, line) : line);
            first = false;
        }

        terminal.Error.Flush();
        _started = true;
    }

    /// <summary>Replaces the live lines; with none, they go.</summary>
    public void ShowLive(int frame, IReadOnlyList<string> texts)
    {
        if (_held is not null) return;
        if (texts.Count != _live) ClearLive();
        if (texts.Count == 0) return;
        var lines = texts.Select((text, i) =>
        {
            var line = VisibleText.Line($"    {(i == 0 ? Frames[frame % Frames.Length] : ' ')} {text}");
            return $"\r\e[K{Styled(Dim, line.Length > terminal.Width - 1 ? line[..(terminal.Width - 1)] : line)}";
        });
        terminal.Output.Write(Up(_live) + string.Join('\n', lines));
        terminal.Output.Flush();
        _live = texts.Count;
    }

    public void ClearLive()
    {
        if (_live == 0) return;
        terminal.Output.Write(_live == 1 ? "\r\e[K" : $"\r{Up(_live)}\e[J");
        terminal.Output.Flush();
        _live = 0;
    }

    // From the last line to the first.
    private static string Up(int lines) => lines > 1 ? string.Create(CultureInfo.InvariantCulture, $"\e[{lines - 1}A") : "";

    private string Styled(string? style, string text) => terminal.Color && style is not null ? $"\e[{style}m{text}\e[0m" : text;
}
