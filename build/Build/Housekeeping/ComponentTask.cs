using System.Text.Json;
using Cake.Core;
using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Component"), TaskDescription("Validate and run one component document (--document=FILE) by itself, in a root that is thrown away")]
public sealed class ComponentTask : TargetTask
{
    // What a component is tried on when no recipe is named: as little as boots.
    private const string DefaultRecipe = "debian-12-minimal";

    private const int MostSteps = 40;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        var planned = await session.Ports.Planner().PlanTrialAsync(Request(options), cancel);
        foreach (var warning in planned.Warnings) session.Console.Problem(warning);
        var plan = planned.Plans[0]; // without one there are problems
        var component = plan.Components[0];
        var folder = Path.Combine(options.Artifacts, "components", component.Name);
        var report = session.Console.For(component.Name, component.Version);
        var run = new BuildRun(plan, folder, new EngineSettings(options.Repository, options.Cache, options.Mirror), session.Ports.Programs, session.Ports.Clock, report)
        {
            Clouds = session.Clouds,
        };
        var engine = RecipeBuilds.EngineOf(options, session.Ports);
        if (engine.NeedsThisMachine) await session.Ports.EnsureTools(new HostNeeds(["Base", "Customize"], [plan.Parent.Distribution]), report, !options.NoInstall, cancel);

        report.Write(new StageStarted(Name));
        var start = session.Ports.Clock.GetTimestamp();
        var tried = await engine.TryAsync(run, new TrialSettings(options.LogDirectory ?? Path.Combine(folder, "logs"), options.Keep), cancel);
        report.Write(new StageFinished(Name, session.Ports.Clock.GetElapsedTime(start).TotalSeconds, Reused: false, tried.Exit == ExitCode.Done ? "success" : "failed"));
        foreach (var problem in tried.Problems)
            session.Console.Problem(problem, problem == tried.Problems[^1] ? [$"again: {options.Command()}"] : []);
        Close(session, component, tried);
        session.End(tried.Exit);
        if (tried.Exit != ExitCode.Done) throw new CakeException((int)tried.Exit, $"{Name} failed.");
    }

    private static TrialRequest Request(Options options)
    {
        if (options.Documents is not [var document] || options.Recipes.Count > 1)
            throw new ProblemException(ExitCode.Usage, new Problem("IB7018", "Component runs one document, on the parent image of one recipe.",
                $"Given were {Figures.Count(options.Documents.Count, "document")} and {Figures.Count(options.Recipes.Count, "recipe")}.",
                "Write `./build.sh --target=Component --document=components/my-component/1.0.0/component.yml`."));
        var inside = Path.Combine(document, Repository.DocumentFile);
        var path = File.Exists(inside) ? inside : document;
        var recipes = new Repository(options.Repository).RecipeNames;
        var recipe = options.Recipes is [var given] ? given : recipes.Contains(DefaultRecipe) || recipes.Count == 0 ? DefaultRecipe : recipes[0];
        return new TrialRequest(
            new PlanRequest(options.Repository, [recipe], options.Engine, options.Artifacts, options.Mirror, [], options.SourceDateEpoch),
            path, options.ShowDocument(path), options.Phases, options.Parameters);
    }

    private static void Close(Session session, PlannedComponent component, ComponentTried tried)
    {
        session.Close($"{component.Name} {component.Version}".TrimEnd() + $": {tried.Summary.Status}");
        var shown = tried.Steps.Take(MostSteps).ToList();
        var width = shown.Select(s => s.Name.Length).DefaultIfEmpty().Max();
        foreach (var phase in shown.GroupBy(s => s.Phase))
        {
            session.Close($"  {phase.Key}");
            foreach (var step in phase)
                session.Close($"    {VisibleText.Line(step.Name).PadRight(width)}  {step.Action,-20}  {step.Status,-14}  {Figures.Time(step.Seconds)}");
        }

        if (tried.Steps.Count > MostSteps) session.Close($"    … and {Figures.Count(tried.Steps.Count - MostSteps, "step")} more");
        session.Close($"  logs  {session.Options.Show(tried.Summary.LogUrl)}/");
        session.Close(tried.Kept);
        session.LastLine = JsonSerializer.Serialize(tried.Summary, SummaryJson.Default.RunSummary);
    }
}
