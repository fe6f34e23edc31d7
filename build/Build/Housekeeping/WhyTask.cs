using Cake.Frosting;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace Build.Housekeeping;

[TaskName("Why"), TaskDescription("Say why a step (--step=) would run, or the first one that would: which input changed, old and new")]
public sealed class WhyTask : TargetTask
{
    private const int MostChanges = 12;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        var known = new SortedSet<string>(StringComparer.Ordinal);
        var told = false;
        foreach (var build in session.Builds.Known)
        {
            var forecast = await session.Forecasts.OfAsync(build, cancel);
            known.UnionWith(forecast.Parts.Select(ForecastLines.NameOf).Concat(build.Plan.Test.Select(t => t.Id)));
            if (session.Options.Step is { } step && Find(forecast, build.Plan, step) is null) continue;
            told = true;
            foreach (var line in await LinesAsync(session, build, forecast, cancel)) session.Console.Line(line);
        }

        if (!told)
            throw new ProblemException(ExitCode.Usage, new Problem("IB7030", $"No recipe of this run has a step `{session.Options.Step}`.",
                "Steps are called component/phase/step; parts of an image Base, seal, Disk, TestImage, Export.", Suggestion.Fix(session.Options.Step ?? "", known)));
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(Session session, RecipeBuild build, Forecast forecast, CancellationToken cancel)
    {
        var image = $"{forecast.Recipe} {forecast.Version}";
        var old = await Forecasts.LastAsync(build, cancel);
        var before = old is null ? [] : (string[])[$"  compared with the last build, {old.Recipe} {old.Version}"];
        var step = session.Options.Step;
        var part = step is null ? forecast.Parts.FirstOrDefault(p => p.Expected != Expected.Reuse) : Find(forecast, build.Plan, step);
        if (part is null) return [$"{image}: nothing would run", .. before];
        if (part.Expected == Expected.Reuse)
        {
            var why = part.Why.Length > 0 ? part.Why : "nothing that enters it changed";
            return [$"{image}: {ForecastLines.NameOf(part)} is reused: {why}", .. before];
        }

        if (old is null)
            return
            [
                $"{image}: {ForecastLines.NameOf(part)} runs: {part.Why}",
                $"  no build of {forecast.Recipe} has come to an end here: there is nothing to compare it with",
            ];
        var only = build.Plan.Test.Any(t => t.Id == step) ? step + ": " : "";
        var changes = session.Forecasts.Changes(build, part).Where(c => c.Name.StartsWith(only, StringComparison.Ordinal))
            .Select(c => c.ToString()).ToList();
        return
        [
            $"{image}: {ForecastLines.NameOf(part)} runs: {part.Why}", .. changes.Where(c => c != part.Why).Take(MostChanges).Select(c => $"  {c}"),
            .. changes.Count > MostChanges ? [$"  … and {changes.Count - MostChanges} more"] : (string[])[], .. Before(build, forecast, part, changes.Count > 0), .. before,
        ];
    }

    // Where the cause lies in something before it: how to ask about that.
    private static string[] Before(RecipeBuild build, Forecast forecast, ForecastPart part, bool isCause)
    {
        if (isCause || forecast.Parts.FirstOrDefault(p => p.Expected == Expected.Run) is not { } cause || cause == part) return [];
        var command = $"./build.sh --target=Why --recipe={build.Plan.Recipe} --step={ShellText.Quote(ForecastLines.NameOf(cause))}";
        return [$"  {ForecastLines.NameOf(cause)}: {cause.Why}", $"  → {command}"];
    }

    // By the whole name, by a stage, or by an end of the name that only one has.
    private static ForecastPart? Find(Forecast forecast, Plan plan, string step)
    {
        var parts = forecast.Parts;
        if (plan.Test.Any(t => t.Id == step)) return parts.FirstOrDefault(p => p.Stage == "TestImage");
        if (parts.FirstOrDefault(p => p.Id == step || ForecastLines.NameOf(p) == step) is { } whole) return whole;
        var stage = parts.Where(p => p.Stage == step).ToList();
        if (stage.Count > 0) return stage.Find(p => p.Expected != Expected.Reuse) ?? stage[0];
        return parts.Where(p => p.Id.EndsWith($"/{step}", StringComparison.Ordinal)).ToList() is [var only] ? only : null;
    }
}
