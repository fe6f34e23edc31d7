using ImageBuilder.Problems;

namespace ImageBuilder.Reports;

/// <summary>
/// Shows a run to a person: one line a step, with the recipe it belongs to; live lines on terminals, elsewhere a line now and then
/// for what takes long. Thread-safe.
/// </summary>
public sealed class ConsoleReport : IDisposable
{
    // A wait is silent for two seconds at most on a terminal, and for ten in a log.
    private static readonly TimeSpan s_liveAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_plainEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    // Those of more recipes would push what happened out of a small window.
    private const int MostLive = 8;

    private readonly Lock _lock = new();
    private readonly List<Wait> _waits = [];
    private readonly ConsoleLines _lines;
    private readonly NestedLayout _nested;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private ConsoleLayout _layout;
    private string? _heading;
    private int _spin;

    public ConsoleReport(Terminal terminal, TimeProvider clock)
    {
        _lines = new ConsoleLines(terminal);
        _layout = _nested = new NestedLayout(_lines);
        _clock = clock;
        _timer = clock.CreateTimer(_ => Tick(), null, s_tick, s_tick);
    }

    /// <summary>The report of one recipe's build.</summary>
    public IReport For(string recipe, string version) => new RecipeReport(this, new Owner(recipe, version));

    /// <summary>A heading over what follows; it appears with the first line under it.</summary>
    public void Heading(string text)
    {
        lock (_lock)
        {
            // There stages overlap, and each line says its own.
            if (_layout is ColumnLayout) return;
            _heading = text;
            _layout.Interrupt();
        }
    }

    /// <summary>From here on several recipes are at work: under one heading each line names its recipe and its stage.</summary>
    /// <returns>False when that was so already.</returns>
    public bool SideBySide(string heading, IReadOnlyList<string> recipes)
    {
        lock (_lock)
        {
            if (_layout is ColumnLayout) return false;
            _heading = heading;
            _layout = new ColumnLayout(_lines, recipes.Max(r => r.Length));
            return true;
        }
    }

    /// <summary>From here on only one recipe at a time is at work.</summary>
    public void OneByOne()
    {
        lock (_lock)
        {
            _layout = _nested;
            _nested.Interrupt();
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
            _layout.Interrupt();
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

    /// <summary>Says the lines, and keeps all others back: somebody else has the terminal.</summary>
    public void Hold(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            BeginLine();
            foreach (var text in lines) _lines.Write(VisibleText.Line(text));
            _layout.Interrupt();
            _lines.Hold();
        }
    }

    /// <summary>Says what was kept back.</summary>
    public void Release()
    {
        lock (_lock) _lines.Release();
    }

    public void Dispose()
    {
        _timer.Dispose();
        EndWaits();
    }

    private void Write(Owner owner, BuildEvent happened)
    {
        lock (_lock)
        {
            switch (happened)
            {
                case StageStarted e:
                    Begin(owner, e.Stage, "");
                    break;
                case StageFinished e:
                    End(owner, e.Stage, "");
                    Begun().Stage(owner, e.Stage, Took(e.Seconds, e.Reused ? "reused" : null), e.Status);
                    break;
                case StepStarted e:
                    Begin(owner, e.Stage, e.Id);
                    break;
                case StepFinished e:
                    End(owner, e.Stage, e.Id);
                    if (!HasResult(e)) Begun().Timed(owner, e.Stage, e.Why is null ? e.Id : $"{e.Id}: {e.Why}", Took(e.Seconds, e.Reused ? "cached" : null), e.Status);
                    break;
                case Progress e:
                    Show(owner, e);
                    break;
                case TestFinished e:
                    var result = e.Case.Skipped ? "skipped" : e.Case.Passed ? "success" : "failed";
                    Begun().Timed(owner, StageOf(owner), $"{e.Firmware}: {e.Case.Name}", Took(e.Case.Seconds, null), result);
                    break;
                case ArtifactWritten e:
                    Begun().Timed(owner, StageOf(owner), $"{e.Artifact.File} ({Figures.Size(e.Artifact.Size)})", Took(e.Seconds, null), "success");
                    break;
                case StepOutput e:
                    Begun().Text(owner, e.Stage, e.Text, depth: 3);
                    break;
                case Noted e:
                    Begun().Text(owner, StageOf(owner), e.Text);
                    break;
                case ProblemFound e:
                    BeginLine();
                    _lines.WriteProblem(e.Problem, []);
                    break;
            }
        }
    }

    private static string Took(double seconds, string? instead) => instead ?? Figures.Time(seconds);

    private ConsoleLayout Begun()
    {
        BeginLine();
        return _layout;
    }

    private void BeginLine()
    {
        if (_heading is null) return;
        _lines.WriteHeading(_heading);
        _heading = null;
    }

    private void Begin(Owner owner, string stage, string id) => _waits.Add(new Wait(owner, stage, id, _clock.GetTimestamp()));

    private void End(Owner owner, string stage, string id) =>
        _waits.RemoveAll(w => w.Is(owner, stage, id) || (id.Length == 0 && w.Owner == owner && w.Stage == stage));

    private string StageOf(Owner owner) => _waits.Find(w => w.Owner == owner && w.Id.Length == 0)?.Stage ?? "";

    // Work that was not announced as a step is shown as what its stage does.
    private void Show(Owner owner, Progress e)
    {
        if ((_waits.Find(w => w.Is(owner, e.Stage, e.Id)) ?? _waits.Find(w => w.Owner == owner
            && w.Id.Length == 0)) is { } wait) wait.Progress = e;
    }

    private void Tick()
    {
        lock (_lock)
        {
            // Steps say more than the stage around them.
            var shown = _waits.FindAll(w => w.Id.Length > 0 || !_waits.Exists(
                o => o.Owner == w.Owner && o.Stage == w.Stage && o.Id.Length > 0));
            if (_lines.IsLive) ShowLive([.. shown.GroupBy(w => w.Owner).OrderBy(of => of.Key.Recipe, StringComparer.Ordinal).Select(of => of.ToList())]);
            else foreach (var wait in shown) ShowPlain(wait);
        }
    }

    // One line for each recipe at work.
    private void ShowLive(List<List<Wait>> waits)
    {
        if (!waits.Exists(of => of.Exists(IsLong))) waits = [];
        if (waits.Count > 0) Begun().Announce(waits[0][0].Owner);
        List<string> texts = [.. waits.Take(MostLive).Select(of =>
        {
            var wait = of.Find(IsLong) ?? of[0];
            return _layout.Live(wait.Owner, wait.Stage) + TextOf(wait, _clock.GetElapsedTime(wait.Start).TotalSeconds, More(of.Count));
        })];
        if (waits.Count > MostLive) texts.Add($"… and {Figures.Count(waits.Count - MostLive, "recipe")} more");
        _lines.ShowLive(_spin, texts);
        if (texts.Count > 0) _spin++;
    }

    private static string More(int waits) => waits > 1 ? $" (+{waits - 1} more)" : "";

    private void ShowPlain(Wait wait)
    {
        var waited = _clock.GetElapsedTime(wait.Start);
        if (waited < wait.NextSign) return;
        wait.NextSign += s_plainEvery * (1 + Math.Floor((waited - wait.NextSign) / s_plainEvery));
        Begun().Text(wait.Owner, wait.Stage, $"... {TextOf(wait, Math.Floor(waited.TotalSeconds), "")}");
    }

    private bool IsLong(Wait wait) => _clock.GetElapsedTime(wait.Start) >= s_liveAfter;

    private string TextOf(Wait wait, double seconds, string more)
    {
        var what = wait.Id.Length == 0 ? _layout.Unnamed(wait.Stage) : $"{VisibleText.Line(wait.Id)} ";
        return $"{what}{Figures.Time(seconds)}{more}{(wait.Detail.Length == 0 ? "" : $": {wait.Detail}")}";
    }

    private sealed class Wait(Owner owner, string stage, string id, long start)
    {
        public Owner Owner => owner;

        public string Stage => stage;

        public string Id => id;

        public long Start => start;

        public TimeSpan NextSign { get; set; } = s_plainEvery;

        public Progress? Progress { get; set; }

        public string Detail => Progress is null ? "" : VisibleText.Line(Progress.Fraction is { } part
            ? $"{part:P0} {Progress.Text}" : Progress.Text);

        public bool Is(Owner o, string s, string i) => o == owner && s == stage && i == id;
    }

    private sealed class RecipeReport(ConsoleReport console, Owner owner) : IReport
    {
        public void Write(BuildEvent happened) => console.Write(owner, happened);
    }

    // A test and an artifact are told by an event of their own, which says more.
    private static bool HasResult(StepFinished step) => step is { Stage: "TestImage" } or { Stage: "Export", Reused: false };
}
