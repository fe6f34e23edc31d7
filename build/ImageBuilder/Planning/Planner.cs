using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Records;

namespace ImageBuilder.Planning;

/// <summary>Makes plans: resolves versions, binds parameters, renders every script and computes every key, and touches nothing.</summary>
public sealed class Planner : IPlanner
{
    private readonly ScriptRenderer[] _renderers = [.. Enum.GetValues<Shell>().Select(shell => new ScriptRenderer(shell))];

    public IReadOnlyList<IDistribution> Distributions { get; init; } = Catalog<IDistribution>.All;

    public IReadOnlyList<IActionModule> Actions { get; init; } = Catalog<IActionModule>.All;

    public IReadOnlyCollection<string> FormatNames { get; init; } = [.. Catalog<IImageFormat>.All.Select(f => f.Name)];

    /// <summary>Looks up what documents refer to in a cloud account.</summary>
    public IParameterStore Parameters { get; init; } = Catalog<IParameterStore>.All[0];

    /// <summary>Looks up which objects downloads mean.</summary>
    public Func<IObjectStore> Objects { get; init; } = () => Catalog<IObjectStore>.All[0];

    /// <summary>Looks up components that steps run.</summary>
    public Func<IComponentStore> Components { get; init; } = () => Catalog<IComponentStore>.All[0];

    public Task<Planned> PlanAsync(PlanRequest request, CancellationToken cancel) =>
        PlanAsync((cloud, problems) => Plan(request, cloud, problems, cancel), cancel);

    public Task<Planned> PlanTrialAsync(TrialRequest request, CancellationToken cancel) =>
        PlanAsync((cloud, problems) => Plan(request, cloud, problems) is { } plan ? new Planned([plan], []) : new Planned([], []), cancel);

    private async Task<Planned> PlanAsync(Func<Cloud, ProblemBag, Planned> plan, CancellationToken cancel)
    {
        var cloud = new Cloud();
        ProblemBag problems;
        Planned plans;
        do
        {
            problems = new ProblemBag();
            plans = plan(cloud, problems);
        }
        while (await cloud.Documents.FetchAsync(Objects, Components, cancel) || await cloud.Parameters.FetchAsync(Parameters, cancel)
            || await cloud.Objects.FetchAsync(Objects, cancel));

        // Recipes share components: what is wrong with one of these is said once. Files are mended from top to bottom.
        var sorted = new ProblemBag();
        sorted.AddRange(problems.All.Distinct().OrderBy(p => p.At?.File, StringComparer.Ordinal).ThenBy(p => p.At?.Line).ThenBy(p => p.At?.Column));
        sorted.ThrowIfErrors();
        return plans with { Warnings = sorted.All };
    }

    // The recipe gives the parent image only; nobody asks beforehand which objects downloads mean, because no layer is kept for them.
    private Plan? Plan(TrialRequest trial, Cloud cloud, ProblemBag problems)
    {
        var repository = new Repository(trial.Request.Repository);
        if (repository.Match(trial.Request.Recipes, problems) is not [var name, ..] || repository.ReadRecipe(name, FormatNames, problems) is not { } recipe) return null;
        var parent = new ParentResolver(Distributions, trial.Request, FamilyIn(new KnownComponents(repository), trial.Request, cloud, problems), problems).Resolve(recipe);
        var component = new TrialBinder(Actions, recipe.Platform, cloud, problems).Bind(trial);
        if (parent is null || component is null || problems.HasErrors) return null;
        var shell = Shells.Of(recipe.Platform);
        var steps = new StepPlanner(_renderers.First(r => r.Shell == shell), recipe.Architecture, parent.Key, objects: null, problems).Plan(component);
        var inCloud = trial.Request.Engine == CloudParents.Engine;
        if (inCloud) CloudParents.CheckSecrets(recipe, steps, problems);
        var plan = new Plan
        {
            Recipe = recipe.Name,
            Version = "",
            RecipeFile = recipe.File,
            Engine = trial.Request.Engine,
            Architecture = recipe.Architecture,
            Parent = parent,
            Components = [component.Planned],
            Build = [.. steps.Where(s => s.Phase is not (DocumentPhase.Validate or DocumentPhase.Test))],
            Validate = [.. steps.Where(s => s.Phase == DocumentPhase.Validate)],
            Test = [.. steps.Where(s => s.Phase == DocumentPhase.Test)],
            Disk = recipe.Disk,
            Machine = inCloud ? recipe.Machine : null,
            SourceDateEpoch = trial.Request.SourceDateEpoch,
        };
        return PlanDigest.Seal(plan);
    }

    private Planned Plan(PlanRequest request, Cloud cloud, ProblemBag problems, CancellationToken cancel)
    {
        var repository = new Repository(request.Repository);
        CheckOutputs(request, problems);
        var plans = new List<Plan>();
        var family = FamilyIn(new KnownComponents(repository), request, cloud, problems);
        foreach (var name in repository.Match(request.Recipes, problems))
        {
            cancel.ThrowIfCancellationRequested();
            if (family.Plan(name) is { } plan) plans.Add(plan);
        }

        var selected = plans.Select(p => p.Recipe).ToHashSet();
        var parents = plans.SelectMany(p => p.Parent.Line).DistinctBy(p => p.Recipe).Where(p => !selected.Contains(p.Recipe));
        return new Planned(plans, []) { Parents = [.. parents.OrderBy(p => p.Recipe, StringComparer.Ordinal)] };
    }

    private RecipeFamily FamilyIn(KnownComponents known, PlanRequest request, Cloud cloud, ProblemBag problems) => new(
        known.Repository, name => known.Repository.ReadRecipe(name, FormatNames, problems),
        (recipe, family) => Plan(known, request, recipe, family, cloud, problems), problems);

    private void CheckOutputs(PlanRequest request, ProblemBag problems)
    {
        foreach (var output in request.Outputs.Where(o => !FormatNames.Contains(o)))
            problems.Add(new Problem("IB1140", $"There is no format `{output}`.", $"Formats: {string.Join(", ", FormatNames.Order(StringComparer.Ordinal))}.",
                Suggestion.Fix(output, FormatNames)));
        if (request.Engine == CloudParents.Engine && request.Outputs.Count > 0)
            problems.Add(new Problem("IB1143", "The aws engine writes no files.", "What it makes is a machine image in AWS.",
                "Leave --output away; --target=ExportImage makes files of a machine image."));
    }

    /// <summary>The plan of one recipe; null when it or a component has problems.</summary>
    private Plan? Plan(
        KnownComponents known, PlanRequest request, Recipe recipe, RecipeFamily family, Cloud cloud, ProblemBag problems)
    {
        var parent = known.Parent(recipe, new ParentResolver(Distributions, request, family, problems));
        var locked = request.Locked ? LockFile.Read(request.Repository, recipe.Name, problems) : null;
        var components = new ComponentPlanner(known, Actions, recipe.Platform, cloud, problems) { Lock = locked }.Components(recipe);
        if (parent is null || problems.HasErrors) return null;
        var shell = Shells.Of(recipe.Platform);
        var inCloud = request.Engine == CloudParents.Engine;
        if (inCloud) CloudParents.CheckSharing(recipe, problems);
        var steps = new StepPlanner(_renderers.First(r => r.Shell == shell), recipe.Architecture, parent.Key, cloud.Objects, problems);
        var planned = components.SelectMany(steps.Plan).ToList();
        if (inCloud) CloudParents.CheckSecrets(recipe, planned, problems);
        var plan = new Plan
        {
            Recipe = recipe.Name,
            Version = "",
            Description = recipe.Description,
            RecipeFile = recipe.File,
            Engine = request.Engine,
            Platform = recipe.Platform,
            Architecture = recipe.Architecture,
            Parent = parent,
            Components = [.. components.Select(c => c.Planned)],
            Build = [.. planned.Where(s => s.Phase == DocumentPhase.Build)],
            Validate = [.. planned.Where(s => s.Phase == DocumentPhase.Validate)],
            Test = [.. planned.Where(s => s.Phase == DocumentPhase.Test)],
            Disk = inCloud ? CloudParents.DiskOf(recipe) : recipe.Disk,
            Machine = inCloud ? recipe.Machine : null,
            Outputs = inCloud ? [] : request.Outputs.Count > 0 ? request.Outputs : recipe.Outputs,
            Distribution = recipe.Distribution,
            SourceDateEpoch = request.SourceDateEpoch,
            Lock = locked,
        };
        return ImageVersions.Choose(plan, recipe.Version, request.Artifacts);
    }
}
