using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace Build;

/// <summary>The problem of what was done in part: what is missing, and why.</summary>
internal static class Partial
{
    public static void Check(RecipeBuild build, Distributed made) => Check(
        build, [.. made.Targets.Where(t => !t.IsDone).Select(t => $"{t.Kind} {t.Region} {t.What}: {t.Why}")], missing => new Problem("IB8210",
            $"{missing} of {made.Targets.Count} targets of `{build.Plan.Recipe}` are not done.", "", "Run the same command again: it does only these."));

    public static void Check(RecipeBuild build, Promoted made) => Check(
        build, [.. made.Promotions.Where(p => p.Why is not null).Select(p => $"{p.Kind} {p.Region} {p.Name}: {p.Why}")], missing => new Problem("IB8214",
            $"{missing} of {made.Promotions.Count} names do not lead to the image of `{build.Plan.Recipe}` yet.", "",
            "Mend that and run the same command again: it does only these."));

    private static void Check(RecipeBuild build, List<string> missing, Func<int, Problem> problem)
    {
        if (missing.Count == 0) return;
        throw new ProblemException(ExitCode.DistributionPartial, problem(missing.Count) with { Why = string.Join('\n', missing), At = new Place(build.Plan.RecipeFile) });
    }
}
