using System.Globalization;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>
/// The digests of a plan: of every choice that can change what a stage leaves, and of no path, place, comment or description. The formats are
/// none of these: another one is written from the same tested disk.
/// </summary>
public static class PlanDigest
{
    /// <summary>The plan with its digests.</summary>
    public static Plan Seal(Plan plan)
    {
        var disk = Disk(plan);
        var stages = new StageDigests(
            Digests.Of(["base", plan.Schema, plan.Engine, plan.Architecture, plan.Parent.Kind, plan.Parent.Reference, plan.Parent.Key]),
            Digests.Of(["customize", disk, .. Steps(plan.Build), .. Steps(plan.Validate)]), disk,
            Digests.Of(["test", disk, .. List(plan.Disk.Firmware), .. Steps(plan.Test)]), Digests.Of(["export", disk]));
        return plan with { Stages = stages, Digest = Digests.Of(["plan", stages.Base, stages.Customize, stages.Disk, stages.TestImage, stages.Export]) };
    }

    private static string Disk(Plan plan) => Digests.Of(
    [
        "disk", plan.Schema, plan.Recipe, plan.Version, plan.Engine, plan.Platform, plan.Architecture, plan.Parent.Reference, plan.TopKey,
        plan.Disk.Size.ToString(CultureInfo.InvariantCulture), plan.Disk.FileSystem, Digests.Number(plan.SourceDateEpoch),
        .. plan.Machine?.Content ?? [],
    ]);

    // With their names, which stand in records.
    private static IEnumerable<string> Steps(IReadOnlyList<PlannedStep> steps) =>
        List(steps.SelectMany(s => new[] { s.Id, s.Key, s.Key.Length > 0 ? "" : s.ContentDigest }));

    // With its length, so that nothing can move from one list to the next.
    private static IEnumerable<string> List(IEnumerable<string> texts)
    {
        var list = texts.ToList();
        return list.Prepend(list.Count.ToString(CultureInfo.InvariantCulture));
    }
}
