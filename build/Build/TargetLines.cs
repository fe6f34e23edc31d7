using ImageBuilder.Model;
using ImageBuilder.Reports;

namespace Build;

/// <summary>Where the images of a run would go, a line for each target. Asks no cloud.</summary>
internal static class TargetLines
{
    public static IReadOnlyList<string> Of(IEnumerable<Plan> plans) => [.. plans.Where(p => !p.Distribution.IsEmpty).SelectMany(plan =>
        Lines(plan.Distribution).Select(l => $"    {l}").Prepend($"  {plan.Recipe} {plan.Version}"))];

    private static IEnumerable<string> Lines(DistributionPlan wanted) =>
    [
        .. wanted.Amis.SelectMany(a => a.Regions.Select(r => Line("ami", r, a.Role, [a.Name ?? "", .. Details(a, r)]))),
        .. wanted.Buckets.Select(b => Line("s3", b.Region ?? "", b.Role, [$"s3://{b.Bucket}/{b.Prefix}", Formats(b.Formats)])),
        .. wanted.Folders.Select(f => Line("folder", "", null, [f.Path, Formats(f.Formats)])),
    ];

    private static IEnumerable<string> Details(AmiTarget ami, string region)
    {
        var given = ami.Permissions;
        yield return given.Public ? "for everybody" : given.IsPrivate ? "private"
            : $"for {string.Join(", ", given.Accounts.Concat(given.Organizations).Concat(given.Units))}";
        if (ami.Encrypted) yield return $"key {ami.Keys.GetValueOrDefault(region) ?? ami.Keys.GetValueOrDefault("") ?? "default"}";
        foreach (var template in ami.Templates) yield return $"template {template.Id}";
        foreach (var parameter in ami.Parameters) yield return $"parameter {parameter}";
        if (ami.DeprecateAfterDays is { } days) yield return $"deprecated after {Figures.Count(days, "day")}";
    }

    private static string Line(string kind, string region, string? role, IEnumerable<string> rest) =>
        $"{kind,-8}{region,-15}{(role is null ? "" : $"as {role}, ")}{string.Join(", ", rest.Where(r => r.Length > 0))}";

    private static string Formats(IReadOnlyList<string> formats) => formats.Count == 0 ? "" : string.Join(" ", formats);
}
