using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The build of one recipe in this run.</summary>
public sealed class RecipeBuild(BuildRun run, IImageEngine engine, EventFile events)
{
    private readonly List<string> _reused = [];

    public BuildRun Run => run;

    public Plan Plan => run.Plan;

    /// <summary><c>artifacts/&lt;recipe&gt;/&lt;version&gt;/</c>, absolute; made by the stage Plan.</summary>
    public string Folder => run.Folder;

    public IReport Report => run.Report;

    public IImageEngine Engine => engine;

    public EventFile Events => events;

    /// <summary>Stages of this run that had nothing to do.</summary>
    public IReadOnlyList<string> Reused => _reused;

    /// <summary>The stage that failed; the stages after it leave this recipe out.</summary>
    public string? FailedIn { get; private set; }

    public void Reuse(string stage) => _reused.Add(stage);

    public void FailIn(string stage) => FailedIn = stage;
}
