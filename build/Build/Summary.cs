using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The last lines of a run that made images: what came out, what was reused, and what to do next.</summary>
internal static class Summary
{
    private const int DigestShown = 16;

    public static async Task<IReadOnlyList<string>> LinesAsync(RecipeBuild build, Options options, CancellationToken cancel)
    {
        var customized = await Left.ByCustomize.FindAsync(build, cancel);
        var tested = await Left.ByTestImage.FindAsync(build, cancel);
        var exported = await Left.ByExport.FindAsync(build, cancel);
        return Lines(build, options, customized, tested, exported);
    }

    private static List<string> Lines(RecipeBuild build, Options options, Customized? customized, Tested? tested, Exported? exported)
    {
        var plan = build.Plan;
        var steps = customized?.Steps ?? [];
        var cases = tested?.Boots.SelectMany(b => b.Cases).ToList() ?? [];
        List<string> lines = [$"{plan.Recipe} {plan.Version}: built, tested and exported"];
        lines.Add(build.Reused.Contains("Export") ? "  reused     everything: nothing changed since the last run"
            : $"  reused     {steps.Count(s => s.Reused)} of {Figures.Count(steps.Count, "step")}");
        lines.Add($"  tests      {cases.Count(c => c.Passed)} passed, {cases.Count(c => c.Skipped)} skipped "
            + $"({string.Join(", ", (tested?.Boots ?? []).Select(b => b.Firmware))})");
        lines.Add($"  artifacts  {Path.GetRelativePath(options.Repository, build.Folder)}/");
        foreach (var artifact in exported?.Artifacts ?? [])
            lines.Add($"    {artifact.File,-40} {Figures.Size(artifact.Allocated),10}  sha256 {artifact.Sha256[..DigestShown]}");
        return lines;
    }
}
