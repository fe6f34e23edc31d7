using ImageBuilder.Problems;

namespace ImageBuilder.Reports;

/// <summary>
/// Shows a run to a person: one line a step, indented under its recipe; a live line on terminals, elsewhere a line now and then
/// for what takes long. Thread-safe.
/// </summary>
public sealed class ConsoleReport : IDisposable
{
    // A wait is silent for two seconds at most on a terminal, and for ten in a log.
    private static readonly TimeSpan s_liveAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_plainEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly List<Wait> _waits = [];
    private readonly ConsoleLines _lines;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private string? _heading;
    private string _owner = "";
    private bool _timed;
    private int _spin;

    public ConsoleReport(Terminal terminal, TimeProvider clock)
    {
        _lines = new ConsoleLines(terminal);
        _clock = clock;
        _timer = clock.CreateTimer(_ => Tick(), null, s_tick, s_tick);
    }

    /// <summary>The report of one recipe's build.</summary>
    public IReport For(string recipe, string version) => new RecipeReport(this, $"{recipe} {version}".TrimEnd());

    /// <summary>A heading over what follows; it appears with the first line under it.</summary>
    public void Heading(string text)
    {
        lock (_lock)
        {
            _heading = text;
            _owner = "";
        }
    }

    public void Line(string text = "")
    {
        lock (_lock)
        {
            BeginLine();
            _lines.Write(VisibleText.Line(text));
        }
    }

    /// <param name="also">Lines that belong to the problem, such as where its log is.</param>
    public void Problem(Problem problem, params IEnumerable<string> also)
    {
        lock (_lock)
        {
            _lines.WriteProblem(problem, also);
            _owner = "";
        }
    }

    /// <summary>Nothing is waited for any longer; used before the end of the run.</summary>
    public void EndWaits()
    {
        lock (_lock)
        {
            _waits.Clear();
            _lines.ClearLive();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        EndWaits();
    }

    private void Write(string recipe, BuildEvent happened)
    {
        lock (_lock)
        {
            switch (happened)
            {
                case StageStarted e:
                    Begin(recipe, e.Stage, "");
                    break;
                case StageFinished e:
                    End(recipe, e.Stage, "");
                    StageLine(recipe, e);
                    break;
                case StepStarted e:
                    Begin(recipe, e.Stage, e.Id);
                    break;
                case StepFinished e:
                    End(recipe, e.Stage, e.Id);
                    if (!HasResult(e)) TimedLine(recipe, e.Id, Took(e.Seconds, e.Reused ? "cached" : null), e.Status);
                    break;
                case Progress e:
                    Show(recipe, e);
                    break;
                case TestFinished e:
                    var result = e.Case.Skipped ? "skipped" : e.Case.Passed ? "success" : "failed";
                    TimedLine(recipe, $"{e.Firmware}: {e.Case.Name}", Took(e.Case.Seconds, null), result);
                    break;
                case ArtifactWritten e:
                    TimedLine(recipe, $"{e.Artifact.File} ({Figures.Size(e.Artifact.Size)})", Took(e.Seconds, null), "success");
                    break;
                case StepOutput e:
                    Under(recipe);
                    _lines.Write($"      {VisibleText.Line(e.Text)}");
                    break;
                case Noted e:
                    Under(recipe);
                    _lines.Write($"    {VisibleText.Line(e.Text)}");
                    break;
                case ProblemFound e:
                    BeginLine();
                    _lines.WriteProblem(e.Problem, []);
                    break;
            }
        }
    }

    // A stage that had steps has said all there is to say; one without says how long it took, in one line.
    private void StageLine(string recipe, StageFinished e)
    {
        var under = _owner == recipe && _heading is null;
        if (under && _timed && e.Status == "success") return;
        BeginLine();
        _lines.WriteTimed(under && !_timed ? 2 : 1, under && !_timed ? e.Stage : recipe,
            Took(e.Seconds, e.Reused ? "reused" : null), e.Status);
    }

    private static string Took(double seconds, string? instead) => instead ?? Figures.Time(seconds);

    private void Under(string recipe)
    {
        if (_owner == recipe && _heading is null) return;
        BeginLine();
        _lines.Write($"  {VisibleText.Line(recipe)}");
        _owner = recipe;
        _timed = false;
    }

    private void TimedLine(string recipe, string text, string time, string status)
    {
        Under(recipe);
        _timed = true;
        _lines.WriteTimed(2, text, time, status);
    }

    private void BeginLine()
    {
        if (_heading is null) return;
        _lines.WriteHeading(_heading);
        _heading = null;
    }

    private void Begin(string recipe, string stage, string id) => _waits.Add(new Wait(recipe, stage, id, _clock.GetTimestamp()));

    private void End(string recipe, string stage, string id) =>
        _waits.RemoveAll(w => w.Is(recipe, stage, id) || (id.Length == 0 && w.Recipe == recipe && w.Stage == stage));

    // Work that was not announced as a step is shown as what its stage does.
    private void Show(string recipe, Progress e)
    {
        if ((_waits.Find(w => w.Is(recipe, e.Stage, e.Id)) ?? _waits.Find(w => w.Recipe == recipe
            && w.Id.Length == 0)) is { } wait) wait.Progress = e;
    }

    private void Tick()
    {
        lock (_lock)
        {
            // Steps say more than the stage around them.
            var shown = _waits.FindAll(w => w.Id.Length > 0 || !_waits.Exists(
                o => o.Recipe == w.Recipe && o.Stage == w.Stage && o.Id.Length > 0));
            if (_lines.IsLive) ShowLive(shown);
            else foreach (var wait in shown) ShowPlain(wait);
        }
    }

    private void ShowLive(List<Wait> waits)
    {
        var shown = waits.Find(w => _clock.GetElapsedTime(w.Start) >= s_liveAfter);
        if (shown is null)
        {
            _lines.ClearLive();
            return;
        }

        Under(shown.Recipe);
        var waited = Figures.Time(_clock.GetElapsedTime(shown.Start).TotalSeconds);
        _lines.ShowLive(_spin++, $"{shown.Text} {waited}{More(waits.Count)}", shown.Detail);
    }

    private static string More(int waits) => waits > 1 ? $" (+{waits - 1} more)" : "";

    private void ShowPlain(Wait wait)
    {
        var waited = _clock.GetElapsedTime(wait.Start);
        if (waited < wait.NextSign) return;
        wait.NextSign += s_plainEvery * (1 + Math.Floor((waited - wait.NextSign) / s_plainEvery));
        Under(wait.Recipe);
        var detail = wait.Detail.Length == 0 ? "" : $": {wait.Detail}";
        _lines.Write($"    ... {wait.Text} {Figures.Time(Math.Floor(waited.TotalSeconds))}{detail}");
    }

    private sealed class Wait(string recipe, string stage, string id, long start)
    {
        public string Recipe => recipe;

        public string Stage => stage;

        public string Id => id;

        public long Start => start;

        public TimeSpan NextSign { get; set; } = s_plainEvery;

        public Progress? Progress { get; set; }

        public string Text => VisibleText.Line(id.Length == 0 ? stage : id);

        public string Detail => Progress is null ? "" : VisibleText.Line(Progress.Fraction is { } part
            ? $"{part:P0} {Progress.Text}" : Progress.Text);

        public bool Is(string r, string s, string i) => r == recipe && s == stage && i == id;
    }

    private sealed class RecipeReport(ConsoleReport console, string recipe) : IReport
    {
        public void Write(BuildEvent happened) => console.Write(recipe, happened);
    }

    // A test and an artifact are told by an event of their own, which says more.
    private static bool HasResult(StepFinished step) => step is { Stage: "TestImage" } or { Stage: "Export", Reused: false };
}
