using ImageBuilder.Problems;

namespace ImageBuilder.Reports;

/// <summary>Writes lines to a terminal and keeps at most one live line under them. Not thread-safe: its report locks.</summary>
internal sealed class ConsoleLines(Terminal terminal)
{
    private const string Frames = "|/-\\";
    private const string Dim = "2", Bold = "1", Red = "31", Yellow = "33";
    private bool _live;
    private bool _started;

    public bool IsLive => terminal.Live;

    public void Write(string text)
    {
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

    public void ShowLive(int frame, string text, string detail)
    {
        var line = $"    {Frames[frame % Frames.Length]} {text}{(detail.Length == 0 ? "" : $": {detail}")}";
        if (line.Length > terminal.Width - 1) line = line[..(terminal.Width - 1)];
        terminal.Output.Write($"\r\e[K{Styled(Dim, line)}");
        terminal.Output.Flush();
        _live = true;
    }

    public void ClearLive()
    {
        if (!_live) return;
        terminal.Output.Write("\r\e[K");
        terminal.Output.Flush();
        _live = false;
    }

    private string Styled(string? style, string text) => terminal.Color && style is not null ? $"\e[{style}m{text}\e[0m" : text;
}
