using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace Build;

/// <summary>With <c>--locked</c>: a recipe that is not what its lock says goes no further. Each fact is compared as soon as it is known.</summary>
internal static class LockGate
{
    private static readonly string[] s_order = [.. Targets.All.Select(t => t.Name)];

    /// <param name="done">False: the stage is about to begin.</param>
    public static async Task CheckAsync(Session session, RecipeBuild build, string stage, bool done, CancellationToken cancel)
    {
        if (build.Plan.Lock is not { } locked) return;
        var differences = LockDifferences.Of(build.Plan, await session.ShapingToolsAsync(), locked).ToList();
        if (IsPast(Left.ByBase.Target) && await Left.ByBase.FindAsync(build, cancel) is { } parent) differences.AddRange(LockDifferences.Of(parent, locked));
        if (IsPast(Left.ByCustomize.Target) && await Left.ByCustomize.FindAsync(build, cancel) is { } made) differences.AddRange(LockDifferences.Of(made, locked));
        if (LockDifferences.Describe(differences, build.Plan.Recipe) is { } problem) throw new ProblemException(ExitCode.BuildFailed, problem);

        bool IsPast(string other) => Array.IndexOf(s_order, stage) is var at && Array.IndexOf(s_order, other) is var its && (done ? at >= its : at > its);
    }
}
