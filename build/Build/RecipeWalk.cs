using Cake.Core;
using ImageBuilder.Reports;

namespace Build;

/// <summary>
/// Takes the recipes of a run through stages that follow on each other. The task of a stage ends when all recipes have passed it; one that
/// is ahead of the others goes on meanwhile, so that its image is written while the next one is built.
/// </summary>
public sealed class RecipeWalk
{
    private static readonly Stage s_waiting = Targets.Stages.Single(s => s.AfterParents is not null);
    private static readonly Stage s_awaited = Targets.Stages.Single(s => s.GetType() == s_waiting.AfterParents);

    private readonly Session _session;
    private readonly Jobs _jobs;
    private readonly List<Walker> _walkers;
    private readonly List<Task<Walker>> _working = [];
    private readonly bool _several;

    /// <param name="stages">Names of the stages, in order.</param>
    public RecipeWalk(Session session, IReadOnlyList<string> stages)
    {
        (_session, Stages) = (session, stages);
        _jobs = Jobs.Choose(session.Options.Jobs, session.Ports.Host);
        _walkers = [.. session.Builds.Known.Select(build => new Walker(build, [.. StagesOf(build)]))];
        _several = _walkers.Count > 1 && (_jobs.Count > 1 || session.Builds.Known.Any(b => b.Parent is not null));
    }

    /// <summary>Names of these stages, and of those that recipes must pass because others start from them.</summary>
    public IReadOnlyList<string> AllStages => [.. _walkers.SelectMany(w => w.Stages).Select(s => s.Name).Distinct()];

    /// <summary>Names of the stages, in order.</summary>
    public IReadOnlyList<string> Stages { get; }

    /// <summary>Ends when every recipe has passed the stage or failed; with all of them failed, by an exception.</summary>
    public async Task PassAsync(Stage stage)
    {
        var reached = Targets.Stages.First(s => s.Name == stage.Name);
        if (_several && reached.RunsAhead) Announce(reached);
        while (!_session.Cancel.IsCancellationRequested)
        {
            while (_working.Count < PlacesIn(reached) && Next(reached) is { } walker) _working.Add(walker.GoOnAsync(_session));
            if (_walkers.TrueForAll(w => w.IsPast(reached))) break;
            await EndOneAsync();
        }

        var lost = !_walkers.Exists(w => !w.Build.OnlyAsParent && w.Build.HasPassed(stage.Name));
        if (lost || stage.Name == Stages[^1] || _session.Cancel.IsCancellationRequested) await EndAsync();
        _session.Cancel.ThrowIfCancellationRequested();
        if (lost) throw new CakeException((int)_session.Exit, $"{stage.Name} failed.");
    }

    // Nothing follows: also what is stopped cleans up before its task ends.
    private async Task EndAsync()
    {
        while (_working.Count > 0) await EndOneAsync();
        _session.Console.OneByOne();
    }

    // A recipe that others start from goes at least as far as they need it; one that nobody asked for goes no further.
    private IEnumerable<Stage> StagesOf(RecipeBuild build)
    {
        var needed = Stages.Contains(s_waiting.Name) && _session.Builds.Known.Any(b => b.Parent == build);
        return Targets.Stages.Where(s => (needed && s == s_awaited) || (Stages.Contains(s.Name) && !(build.OnlyAsParent && s.IsAfter(s_awaited))));
    }

    private async Task EndOneAsync()
    {
        var ended = await Task.WhenAny(_working);
        _working.Remove(ended);
        (await ended).Rest();
    }

    // Those that are furthest come first: an image that is finished is worth more than two halves.
    private Walker? Next(Stage reached)
    {
        var ahead = _several && reached.RunsAhead;
        var ready = _walkers.Where(w => !w.IsWorking && w.Next is { } next && (ahead || !next.IsAfter(reached))
            && (next != s_waiting || w.Build.Parent is not { FailedIn: null } parent || parent.HasPassed(s_awaited.Name)));
        return ahead ? ready.MaxBy(w => w.Next!.Depth) : ready.FirstOrDefault(); // each has one, see above
    }

    private int PlacesIn(Stage reached) => reached.RunsAhead ? _jobs.Count : 1;

    private void Announce(Stage first)
    {
        var count = Math.Min(_jobs.Count, _walkers.Count);
        var stages = Stages[^1] == first.Name ? first.Name : $"{first.Name} to {Stages[^1]}";
        if (!_session.Console.SideBySide($"{stages}, {Figures.Count(count, "recipe")} at a time", [.. _walkers.Select(w => w.Build.Plan.Recipe)])) return;
        if (_session.Options.Verbose) _session.Console.Line($"  {Figures.Count(_jobs.Count, "recipe")} at a time: {_jobs.Why}; --jobs= changes it.");
    }

    /// <summary>A recipe on its way.</summary>
    private sealed class Walker(RecipeBuild build, IReadOnlyList<Stage> stages)
    {
        private int _passed;

        public RecipeBuild Build => build;

        public IReadOnlyList<Stage> Stages => stages;

        public bool IsWorking { get; private set; }

        /// <summary>The stage that it is in or comes to; null at the end, and after a failure.</summary>
        public Stage? Next => _passed < stages.Count && (IsWorking || build.FailedIn is null) ? stages[_passed] : null;

        public bool IsPast(Stage stage) => Next is not { } next || next.IsAfter(stage);

        /// <summary>Does its next stage.</summary>
        public Task<Walker> GoOnAsync(Session session)
        {
            IsWorking = true;
            var stage = stages[_passed];
            return Task.Run(async () =>
            {
                await stage.RunForAsync(session, build);
                return this;
            });
        }

        public void Rest()
        {
            IsWorking = false;
            _passed++;
        }
    }
}
