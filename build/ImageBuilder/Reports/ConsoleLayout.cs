namespace ImageBuilder.Reports;

/// <summary>A recipe as the console names it.</summary>
internal sealed record Owner(string Recipe, string Version)
{
    public string Title { get; } = VisibleText.Line($"{Recipe} {Version}".TrimEnd());
}

/// <summary>How lines tell which recipe they belong to.</summary>
internal abstract class ConsoleLayout
{
    /// <summary>A unit of work ended.</summary>
    public abstract void Timed(Owner owner, string stage, string text, string time, string status);

    /// <summary>A stage ended. One that had units of work has said all there is to say; one without says how long it took, in one line.</summary>
    public abstract void Stage(Owner owner, string stage, string time, string status);

    /// <summary>A line without a result.</summary>
    /// <param name="depth">Of its indentation.</param>
    public abstract void Text(Owner owner, string stage, string text, int depth = 2);

    /// <summary>Before live lines.</summary>
    public virtual void Announce(Owner owner) { }

    /// <summary>What a live line says before the wait itself.</summary>
    public abstract string Live(Owner owner, string stage);

    /// <summary>What a wait for a stage says, of which no unit of work is known.</summary>
    public virtual string Unnamed(string stage) => "";

    /// <summary>Something else was written: what follows must say its recipe again.</summary>
    public virtual void Interrupt() { }
}

/// <summary>One recipe at work: its lines are indented under its name.</summary>
internal sealed class NestedLayout(ConsoleLines lines) : ConsoleLayout
{
    private Owner? _owner;
    private bool _timed;

    public override void Timed(Owner owner, string stage, string text, string time, string status)
    {
        Announce(owner);
        _timed = true;
        lines.WriteTimed(2, text, time, status);
    }

    public override void Stage(Owner owner, string stage, string time, string status)
    {
        var under = _owner == owner;
        if (under && _timed && status == "success") return;
        lines.WriteTimed(under && !_timed ? 2 : 1, under && !_timed ? stage : owner.Title, time, status);
    }

    public override void Text(Owner owner, string stage, string text, int depth = 2)
    {
        Announce(owner);
        lines.Write($"{new string(' ', depth * 2)}{VisibleText.Line(text)}");
    }

    public override void Announce(Owner owner)
    {
        if (_owner == owner) return;
        lines.Write($"  {owner.Title}");
        _owner = owner;
        _timed = false;
    }

    public override string Live(Owner owner, string stage) => "";

    public override string Unnamed(string stage) => $"{stage} ";

    public override void Interrupt() => _owner = null;
}

/// <summary>Several recipes at work: each line begins with recipe and stage, in columns.</summary>
/// <param name="width">Of the longest name.</param>
internal sealed class ColumnLayout(ConsoleLines lines, int width) : ConsoleLayout
{
    private const int StageWidth = 9; // Customize, TestImage

    private readonly HashSet<(Owner, string)> _timed = [];

    public override void Timed(Owner owner, string stage, string text, string time, string status)
    {
        _timed.Add((owner, stage));
        lines.WriteTimed(1, $"{Columns(owner, stage)}{text}", time, status);
    }

    public override void Stage(Owner owner, string stage, string time, string status)
    {
        if (!_timed.Contains((owner, stage)) || status != "success") lines.WriteTimed(1, Columns(owner, stage).TrimEnd(), time, status);
    }

    public override void Text(Owner owner, string stage, string text, int depth = 2) =>
        lines.Write($"  {Columns(owner, stage)}{new string(' ', Math.Max(0, depth - 2) * 2)}{VisibleText.Line(text)}");

    public override string Live(Owner owner, string stage) => Columns(owner, stage);

    private string Columns(Owner owner, string stage) => $"{owner.Recipe.PadRight(width)}  {stage.PadRight(StageWidth)}  ";
}
