using ImageBuilder.Contracts;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

/// <summary>The cache of this run's engine, and who needs what is in it.</summary>
internal sealed class CacheOfRun(Session session)
{
    // Of the file system that the cache is on.
    private const int Share = 4;

    private readonly Options _options = session.Options;

    private IImageEngine Engine => RecipeBuilds.EngineOf(_options, session.Ports);

    private EngineHost Host => new(new EngineSettings(_options.Repository, _options.Cache, _options.Mirror), session.Ports.Programs, session.Ports.Clock);

    /// <summary>Bytes that the cache may hold after a build.</summary>
    public long Most => _options.CacheSize ?? SizeOfFileSystem() / Share;

    /// <summary>Names of the recipes by the keys of the layers they need. All recipes: what another one needs stays.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> NeededAsync(CancellationToken cancel)
    {
        var planned = await session.Ports.Planner().PlanAsync(new PlanRequest(_options.Repository, [], _options.Engine, _options.Artifacts,
            _options.Mirror, [], _options.SourceDateEpoch), cancel);
        return planned.Plans.SelectMany(p => p.Build.Select(s => s.Key).Append(p.Parent.Key).Distinct().Select(key => (Key: key, p.Recipe)))
            .GroupBy(n => n.Key).ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(n => n.Recipe).Distinct()]);
    }

    public Task<CacheCleaned> CleanAsync(CacheCleaning what, CancellationToken cancel) => Engine.CleanAsync(Host, what, cancel);

    public Task<CacheContents> LookAsync(CancellationToken cancel) => Engine.LookAsync(Host, cancel);

    public Task<CacheVerified> VerifyAsync(CancellationToken cancel) => Engine.VerifyAsync(Host, cancel);

    /// <summary>After a run that made layers: what was used longest ago goes, when there is more than there may be.</summary>
    public async Task TrimAsync(CancellationToken cancel)
    {
        if (!session.Builds.Known.Any(b => Makes(b, "Base") || Makes(b, "Customize"))) return;
        var cleaned = await CleanAsync(new CacheCleaning { Most = Most }, cancel);
        if (cleaned.Layers.Count + cleaned.Others.Count == 0) return;
        session.Close($"The cache held more than {Figures.Size(Most)} (--cache-size=): "
            + $"{Figures.Count(cleaned.Layers.Count, "layer")} used longest ago went ({Figures.Size(cleaned.Bytes)}).");
    }

    private static bool Makes(RecipeBuild build, string stage) => build.HasPassed(stage) && !build.Reused.Contains(stage);

    private long SizeOfFileSystem()
    {
        var existing = _options.Cache;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing) ?? "/";
        return new DriveInfo(existing).TotalSize;
    }
}
