using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>
/// One stage of the pipeline, for each recipe. A recipe that fails leaves the pipeline and the others go on. Whether there is anything to
/// do is decided while running: a requested target must not be skipped.
/// </summary>
public abstract class Stage : TargetTask
{
    /// <summary>True where a recipe that has passed this stage need not wait for the others.</summary>
    public virtual bool RunsAhead => false;

    /// <summary>The stage that a recipe's parent recipe must have passed before the recipe comes to this one.</summary>
    public virtual Type? AfterParents => null;

    protected Stage() => Depth = Targets.Depth(GetType());

    /// <summary>How many stages come before this one.</summary>
    public int Depth { get; }

    public bool IsAfter(Stage other) => Depth > other.Depth;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        await session.WalkThrough(this).PassAsync(this);
    }

    /// <summary>Does this stage's work for one recipe.</summary>
    /// <returns>True when everything was there already.</returns>
    protected abstract Task<bool> RunStageAsync(Session session, RecipeBuild build, CancellationToken cancel);

    /// <summary>Does this stage's work for one recipe and tells how it went. A failure is the recipe's alone.</summary>
    public async Task RunForAsync(Session session, RecipeBuild build)
    {
        var clock = session.Ports.Clock;
        var start = clock.GetTimestamp();
        void Finished(bool reused, string status) =>
            build.Report.Write(new StageFinished(Name, clock.GetElapsedTime(start).TotalSeconds, reused, status));

        using var time = session.Times.Begin(Name);
        build.Report.Write(new StageStarted(Name));
        try
        {
            session.Cancel.ThrowIfCancellationRequested();
            if (AfterParents is { } awaited && build.Parent is { FailedIn: not null } parent && !parent.HasPassed(Targets.NameOf(awaited)))
                throw Orphaned(build, parent);
            await LockGate.CheckAsync(session, build, Name, done: false, session.Cancel);
            var reused = await RunStageAsync(session, build, session.Cancel);
            await LockGate.CheckAsync(session, build, Name, done: true, session.Cancel);
            build.EndWell(Name, reused);
            Finished(reused, "success");
            await session.Forecasts.RememberAsync(build, Name, session.Cancel);
        }
        catch (Exception) when (session.Cancel.IsCancellationRequested)
        {
            // Ctrl-C reaches the programs that a stage runs as well: whatever they then say is not a failure of the build.
            Finished(reused: false, "stopped");
        }
#pragma warning disable CA1031 // Any end of one recipe must leave the others going; what is not a problem is shown as a bug.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            build.FailIn(Name);
            Finished(reused: false, "failed");
            session.Fail(cause, build);
        }
    }

    private static ProblemException Orphaned(RecipeBuild build, RecipeBuild parent) => new(parent.Exit, new Problem("IB2005",
        $"The recipe `{parent.Plan.Recipe}`, which `{build.Plan.Recipe}` starts from, failed in {parent.FailedIn}.",
        string.Join('\n', parent.Problems.Select(p => $"{p.Code}: {p.What}")), "Mend that and run the same command again.", new Place(build.Plan.RecipeFile)));
}

/// <summary>A stage that reads the record of the stage before it and writes its own.</summary>
public abstract class Stage<TIn, TOut>(Func<RecipeBuild, CancellationToken, Task<TIn>> input, StageRecord<TOut> output) : Stage
    where TOut : class, IStageRecord
{
    public sealed override bool RunsAhead => true;

    protected sealed override async Task<bool> RunStageAsync(Session session, RecipeBuild build, CancellationToken cancel)
    {
        var given = await input(build, cancel);
        if (!build.Repeats(Name) && await output.FindAsync(build, cancel) is { } found && IsCurrent(build, given, found))
        {
            build.Keep(found);
            return true;
        }

        if (build.Engine.NeedsThisMachine) await session.EnsureToolsAsync(build.Report);
        var made = await MakeAsync(build, given, cancel);
        build.Keep(made);
        await output.WriteAsync(build, made, cancel);
        Check(session, build, made);
        return WasReused(made);
    }

    /// <summary>True when an earlier run's record still says what this run would find.</summary>
    protected abstract bool IsCurrent(RecipeBuild build, TIn given, TOut found);

    /// <summary>True when making it found everything made already.</summary>
    protected virtual bool WasReused(TOut made) => false;

    protected abstract Task<TOut> MakeAsync(RecipeBuild build, TIn given, CancellationToken cancel);

    /// <summary>Ends the stage with a problem when what was made must not be used; the record is kept.</summary>
    protected virtual void Check(Session session, RecipeBuild build, TOut made) { }
}
