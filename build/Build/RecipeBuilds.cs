using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace Build;

/// <summary>
/// The recipes of this run. Planned once, when the first stage asks: reading and planning touch nothing and take milliseconds.
/// </summary>
public sealed class RecipeBuilds(Options options, Ports ports, ConsoleReport console, CloudRun clouds) : IDisposable
{
    private readonly Dialogue _dialogue = new(console, ports);
    private readonly DateTimeOffset _began = ports.Clock.GetUtcNow();
    private Dictionary<string, Wishes> _wishes = [];
    private IReadOnlyList<RecipeBuild>? _all;

    /// <summary>All of them, ordered by recipe; empty as long as nothing asked for plans.</summary>
    public IReadOnlyList<RecipeBuild> Known => _all ?? [];

    /// <summary>Distributions of their parent images.</summary>
    public IReadOnlyCollection<string> Distributions => [.. Known.Select(b => b.Plan.Parent.Distribution).Distinct()];

    public async Task PlanAsync(CancellationToken cancel)
    {
        if (_all is not null) return;
        var engine = EngineOf(options, ports);
        var planned = await ports.Planner()
            .PlanAsync(new PlanRequest(options.Repository, options.Recipes, options.Engine, options.Artifacts,
            options.Mirror, options.Outputs, options.SourceDateEpoch)
            { Locked = options.Locked }, cancel);
        foreach (var warning in planned.Warnings) console.Problem(warning);
        _wishes = WishesOf([.. planned.Plans.Concat(planned.Parents)]);
        _all = options.Exclusive ? [.. planned.Plans.Select(plan => Of(plan, engine, parent: null, onlyAsParent: false))] : WithParents(planned, engine);
    }

    private Dictionary<string, Wishes> WishesOf(List<Plan> plans)
    {
        for (var i = 0; i < plans.Count; i++)
            if (plans[i].Parent.Plan is { } parent) plans.Add(parent);
        plans = [.. plans.DistinctBy(p => p.Recipe)];
        return plans.Zip(new WishList(options, _dialogue, _began).For(plans)).ToDictionary(p => p.First.Recipe, p => p.Second);
    }

    // A recipe comes after the one that it starts from; in the run of one stage alone, that one's has been run before.
    private List<RecipeBuild> WithParents(Planned planned, IImageEngine engine)
    {
        var builds = new Dictionary<string, RecipeBuild>();
        foreach (var plan in planned.Plans.Concat(planned.Parents)) Add(plan);
        return [.. builds.Values.OrderBy(b => b.Plan.Recipe, StringComparer.Ordinal)];

        RecipeBuild Add(Plan plan)
        {
            if (builds.TryGetValue(plan.Recipe, out var there)) return there;
            var parent = plan.Parent.Plan is { } of ? Add(of) : null;
            return builds[plan.Recipe] = Of(plan, engine, parent, planned.Parents.Any(p => p.Recipe == plan.Recipe));
        }
    }

    /// <summary>The engine that <c>--engine=</c> names.</summary>
    public static IImageEngine EngineOf(Options options, Ports ports) =>
        ports.Engines().FirstOrDefault(e => e.Name == options.Engine)
        ?? throw new ProblemException(ExitCode.Usage, new Problem("IB7007", $"There is no engine `{options.Engine}`.",
            "Engines are the classes of build/ImageBuilder/Engines.",
            Suggestion.Fix(options.Engine, [.. ports.Engines().Select(e => e.Name)])));

    public void Dispose()
    {
        foreach (var build in Known) build.Events.Dispose();
        _dialogue.Dispose();
    }

    private RecipeBuild Of(Plan plan, IImageEngine engine, RecipeBuild? parent, bool onlyAsParent)
    {
        var folder = Path.Combine(options.Artifacts, plan.Recipe, plan.Version);
        var events = new EventFile(Path.Combine(folder, EventFile.Name), plan.Recipe, plan.Version, ports.Clock);
        var report = new PartReport(new BothReports(console.For(plan.Recipe, plan.Version), events), plan.Recipe, plan.Parent.Reference);
        var settings = new EngineSettings(options.Repository, options.Cache, options.Mirror);
        var run = new BuildRun(plan, folder, settings, ports.Programs, ports.Clock, report) { Wishes = _wishes[plan.Recipe], Clouds = clouds };
        return new RecipeBuild(run, engine, ports.Exporter, events, report) { Parent = parent, OnlyAsParent = onlyAsParent };
    }

    private sealed class BothReports(IReport console, IReport file) : IReport
    {
        public void Write(BuildEvent happened)
        {
            file.Write(happened);
            console.Write(happened);
        }
    }
}
