using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Clean"), TaskDescription("Remove what was built (of the selected recipes), and from the cache what no recipe needs; or only what is old or too much")]
public sealed class CleanTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        var removed = options.DryRun ? "Would remove" : "Removed";
        // By age or size: then it does not matter what a recipe needs. How much the cache holds has nothing to do with images.
        var byUse = options.OlderThan is not null || options.MaxSize is not null;
        if (!byUse || options.OlderThan is not null)
        {
            var images = new BuiltImages(options, session.Ports.Clock);
            images.Remove();
            session.Close($"{removed} {Figures.Count(images.Count, "image")} ({Figures.Size(images.Bytes)}) from {options.Show(options.Artifacts)}.");
            session.Close(Busy(images.InUse, "image"));
        }

        var cache = new CacheOfRun(session);
        var wanted = byUse ? null : await cache.NeededAsync(cancel);
        var cleaned = await cache.CleanAsync(new CacheCleaning
        {
            Wanted = wanted?.Keys.ToHashSet(),
            OlderThan = options.OlderThan,
            Most = options.MaxSize,
            DryRun = options.DryRun,
        }, cancel);
        var others = cleaned.Others.Count == 0 ? "" : $" and {string.Join(", ", cleaned.Others.Select(o => o.Name))}";
        var stay = wanted is null ? $"{Figures.Size(cleaned.Left)} stay" : $"those of {Figures.Count(wanted.Values.SelectMany(r => r).Distinct().Count(), "recipe")} stay";
        session.Close($"{removed} {Figures.Count(cleaned.Layers.Count, "layer")}{others} ({Figures.Size(cleaned.Bytes)}) from {options.Cache}; {stay}.");
        session.Close(Busy(cleaned.InUse, "layer"));
    }

    private static IEnumerable<string> Busy(int count, string what) =>
        count == 0 ? [] : [$"{Figures.Count(count, what)} that a build uses at this moment {(count == 1 ? "stays" : "stay")}."];
}
