using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Shell"), TaskDescription("Open a shell in the root of a recipe (--recipe=NAME) as it was --before= or --after= a step, or run what is piped in")]
public sealed class ShellTask : TargetTask
{
    private const string Parent = "parent";
    private const string Seal = "seal";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var (options, ports) = (session.Options, session.Ports);
        var planned = await ports.Planner().PlanAsync(new PlanRequest(options.Repository, options.Recipes, options.Engine, options.Artifacts,
            options.Mirror, options.Outputs, options.SourceDateEpoch), cancel);
        var plan = Only(planned.Plans, options);
        var request = RequestOf(plan, options);
        using var dialogue = new Dialogue(session.Console, ports);
        if (!dialogue.Possible)
        {
            session.Quiet = true;
            request = request with { Commands = await ports.Input.ReadToEndAsync(cancel), Output = ports.Output, Error = ports.Terminal.Error.WriteLine };
        }

        var report = session.Console.For(plan.Recipe, plan.Version);
        var engine = RecipeBuilds.EngineOf(options, ports);
        if (engine.NeedsThisMachine) await ports.EnsureTools(new HostNeeds([Name], [plan.Parent.Distribution]), report, !options.NoInstall, cancel);
        var settings = new EngineSettings(options.Repository, options.Cache, options.Mirror);
        var folder = Path.Combine(options.Artifacts, plan.Recipe, plan.Version);
        var run = new BuildRun(plan, folder, settings, ports.Programs, ports.Clock, report)
        {
            Wishes = new Wishes { Dialogue = dialogue },
            Clouds = session.Clouds,
        };
        session.Answer = await engine.ShellAsync(run, request, cancel);
    }

    private static Plan Only(IReadOnlyList<Plan> plans, Options options)
    {
        if (plans is [var plan] && (options.Before is null || options.After is null)) return plan;
        throw new ProblemException(ExitCode.Usage, new Problem("IB7035", "Shell opens one root, of one recipe.",
            plans.Count == 1 ? "Both --before= and --after= were given." : $"{Figures.Count(plans.Count, "recipe")} are selected.",
            "Write `./build.sh --target=Shell --recipe=my-image --after=my-component/build/Step`."));
    }

    private static ShellRequest RequestOf(Plan plan, Options options)
    {
        if ((options.Before ?? options.After) is not { } text) return new ShellRequest(plan.TopKey, "after all build steps", null);
        var problems = new ProblemBag();
        var after = options.After is not null;
        var ids = plan.Build.Concat(plan.Validate).Concat(plan.Test).Select(s => s.Id).ToHashSet();
        if (StepNames.Match(ids, text).Count == 0 && after && text is Parent) return new ShellRequest(plan.Parent.Key, "before all steps", null);
        if (StepNames.Match(ids, text).Count == 0 && after && text.EndsWith(Seal, StringComparison.Ordinal)) return new ShellRequest(null, "as it is on the disk", null);
        var id = WishList.Find([plan], text, after ? Switches.After : Switches.Before, problems)[0];
        problems.ThrowIfErrors();
        var index = plan.Build.Select(s => s.Id).ToList().IndexOf(id ?? "");
        if (index < 0)
            throw new ProblemException(ExitCode.Usage, new Problem("IB7036", $"There is no root before or after the step `{id}`.",
                "Validate and test steps run in systems that are thrown away; only build steps leave a layer.",
                "Leave the switch out to see the root after all build steps, or write `--after=seal` for what is on the disk."));
        var step = plan.Build[index];
        return after ? new ShellRequest(step.Key, $"after {id}", step)
            : new ShellRequest(index == 0 ? plan.Parent.Key : plan.Build[index - 1].Key, $"before {id}", step);
    }
}
