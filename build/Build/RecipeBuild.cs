using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The build of one recipe in this run.</summary>
public sealed class RecipeBuild(BuildRun run, IImageEngine engine, Func<IImageExporter> exporter, EventFile events, PartReport parts)
{
    private readonly List<string> _passed = [];
    private readonly List<string> _reused = [];
    private readonly List<IStageRecord> _records = [];

    public BuildRun Run => run;

    public Plan Plan => run.Plan;

    /// <summary><c>artifacts/&lt;recipe&gt;/&lt;version&gt;/</c>, absolute; made by the stage Plan.</summary>
    public string Folder => run.Folder;

    public IReport Report => run.Report;

    public IImageEngine Engine => engine;

    public Func<IImageExporter> Exporter => exporter;

    public EventFile Events => events;

    /// <summary>The same as <see cref="Report"/>, with what was forecast.</summary>
    public PartReport Parts => parts;

    /// <summary>Stages of this run that had nothing to do.</summary>
    public IReadOnlyList<string> Reused => _reused;

    /// <summary>The stage that failed; the stages after it leave this recipe out.</summary>
    public string? FailedIn { get; private set; }

    /// <summary>The build in this run of the recipe that this one starts from.</summary>
    public RecipeBuild? Parent { get; init; }

    /// <summary>Nobody asked for it but recipes that start from it.</summary>
    public bool OnlyAsParent { get; init; }

    /// <summary>Why it failed.</summary>
    public IReadOnlyList<Problem> Problems { get; private set; } = [];

    /// <summary>What the run would end with were it for this recipe alone.</summary>
    public ExitCode Exit { get; private set; }

    /// <summary>Whether a stage is to do its work although it is done: then no earlier record counts.</summary>
    public bool Repeats(string stage)
    {
        var wishes = run.Wishes;
        if (wishes.NoCache || (wishes.Refresh && stage == "Base")) return true;
        if (wishes.FromStep is not { } step || stage == "Base") return false;
        return stage is not ("Customize" or "Disk") || Plan.Test.All(t => t.Id != step);
    }

    /// <summary>The record of this kind, where this run has seen it.</summary>
    public T? Record<T>() where T : class, IStageRecord => _records.OfType<T>().LastOrDefault();

    public void Keep(IStageRecord record) => _records.Add(record);

    /// <summary>The stage that this run came to and ended well.</summary>
    public string? Done => _passed.LastOrDefault();

    public bool HasPassed(string stage) => _passed.Contains(stage);

    public void EndWell(string stage, bool reused)
    {
        _passed.Add(stage);
        if (reused) _reused.Add(stage);
    }

    public void Keep(ExitCode exit, IReadOnlyList<Problem> problems) => (Exit, Problems) = (exit, problems);

    public void FailIn(string stage) => FailedIn = stage;
}
