using System.Globalization;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>
/// The digest of a plan: of every choice that can change the image, and of no path or place. The formats are none of these: another one
/// is written from the same tested disk.
/// </summary>
public static class PlanDigest
{
    public static string Of(Plan plan) => Digests.Of(
    [
        "plan", plan.Schema, plan.Recipe, plan.Version, plan.Engine, plan.Platform, plan.Architecture,
        plan.Parent.Kind, plan.Parent.Reference, plan.Parent.Key,
        .. List(plan.Components.Select(c => $"{c.Name} {c.Version} {c.Digest}")),
        .. List(plan.Components.SelectMany(c => c.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => new[] { c.Name, p.Key, p.Value }))),
        .. Steps(plan.Build), .. Steps(plan.Validate), .. Steps(plan.Test),
        plan.Disk.Size.ToString(CultureInfo.InvariantCulture), plan.Disk.FileSystem, .. List(plan.Disk.Firmware),
        Digests.Number(plan.SourceDateEpoch),
    ]);

    private static IEnumerable<string> Steps(IReadOnlyList<PlannedStep> steps) => List(steps.SelectMany(s => new[]
    {
        s.Id, s.ComponentVersion, s.Action, s.Key, s.Script.ToString(), Digests.Number(s.TimeoutSeconds), s.OnFailure.ToString(),
        Digests.Number(s.MaxAttempts), Digests.Of(s.Behaviour), Digests.Of(s.Documents.SelectMany(d => d.Phases).SelectMany(p => Steps(p.Steps).Prepend(p.Name))),
    }));

    // With its length, so that nothing can move from one list to the next.
    private static IEnumerable<string> List(IEnumerable<string> texts)
    {
        var list = texts.ToList();
        return list.Prepend(list.Count.ToString(CultureInfo.InvariantCulture));
    }
}
