using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Cache"), TaskDescription("Say what is in the cache: layers as chains, sizes, ages, which recipes need them, what is in use; --verify reads all of it")]
public sealed class CacheTask : TargetTask
{
    private const int KeyLength = 12;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var cache = new CacheOfRun(session);
        var verified = session.Options.Verify ? await cache.VerifyAsync(cancel) : null;
        var contents = await cache.LookAsync(cancel);
        var needed = await NeededAsync(cache, session.Console, cancel);
        IReadOnlyList<string> Recipes(CachedLayer layer) => needed.GetValueOrDefault(layer.Key)
            // What is made from a recipe's last layer, its seal, is that recipe's too.
            ?? (layer.Parent is { } parent && layer.What.EndsWith("/seal", StringComparison.Ordinal) ? needed.GetValueOrDefault(parent) : null) ?? [];
        if (!session.Options.Json) Show(session, contents, Recipes);
        else session.LastLine = JsonSerializer.Serialize(Listing(contents, cache.Most, Recipes), CacheJson.Default.CacheListing);
        if (verified is null) return;
        session.Close($"Read all of {Figures.Count(verified.Layers, "layer")} ({Figures.Size(verified.Bytes)}): "
            + (verified.Damaged.Count == 0 ? "they are what was stored." : $"{verified.Damaged.Count} damaged, which are no longer in the cache."));
        session.Close(verified.Damaged);
        if (verified.Damaged.Count > 0) session.End(ExitCode.Integrity);
    }

    // A recipe with mistakes needs nothing that could be told.
    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> NeededAsync(CacheOfRun cache, ConsoleReport console, CancellationToken cancel)
    {
        try
        {
            return await cache.NeededAsync(cancel);
        }
        catch (ProblemException e)
        {
            console.Line($"Which recipes need what is not known: {e.Problems[0].What} (--target=Validate)");
            return new Dictionary<string, IReadOnlyList<string>>();
        }
    }

    private static void Show(Session session, CacheContents contents, Func<CachedLayer, IReadOnlyList<string>> recipes)
    {
        var console = session.Console;
        var now = session.Ports.Clock.GetUtcNow();
        var rows = CacheTree.Rows(contents.Layers);
        if (rows.Count > 0)
        {
            var width = Math.Max(rows.Max(r => r.Depth * 2 + r.Layer.What.Length), 4);
            console.Line($"  {"key",-KeyLength}  {"size",10}  {"made",8}  {"used",8}  {"what".PadRight(width)}  needed by");
            foreach (var (layer, depth) in rows)
            {
                var what = new string(' ', depth * 2) + (layer.What.Length > 0 ? layer.What : "(damaged, or of an older version)");
                var by = string.Join(", ", recipes(layer).Append(layer.InUse ? "(in use)" : "").Where(t => t.Length > 0));
                console.Line($"  {Short(layer.Key),-KeyLength}  {Figures.Size(layer.Bytes),10}  {Age(now - layer.Created),8}  {Age(now - layer.LastUsed),8}  "
                    + $"{what.PadRight(width)}  {by}".TrimEnd());
            }
        }

        foreach (var other in contents.Others.Where(o => o.Files > 0))
            console.Line($"  {"",-KeyLength}  {Figures.Size(other.Bytes),10}  {"",8}  {Age(now - other.LastUsed),8}  {other.Name}/ ({Figures.Count(other.Files, "file")})");
        session.Close($"{contents.Folder}: {Figures.Count(contents.Layers.Count, "layer")} ({Figures.Size(contents.Layers.Sum(l => l.Bytes))}), "
            + $"{Figures.Size(contents.Others.Sum(o => o.Bytes))} of other files; at most {Figures.Size(new CacheOfRun(session).Most)} after a build (--cache-size=).");
    }

    private static CacheListing Listing(CacheContents contents, long most, Func<CachedLayer, IReadOnlyList<string>> recipes) => new(contents.Folder, contents.Bytes, most,
        [.. contents.Layers.Select(l => new ListedLayer(l.Key, l.Parent, l.What, l.Bytes, l.Created, l.LastUsed, l.InUse, recipes(l)))], contents.Others);

    private static string Short(string key) => key[..Math.Min(KeyLength, key.Length)];

    private static string Age(TimeSpan age)
    {
        var (number, unit) = age.TotalHours < 1 ? (age.TotalMinutes, "min") : age.TotalDays < 1 ? (age.TotalHours, "h") : (age.TotalDays, "d");
        return number < 1 ? "now" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number)} {unit}");
    }
}

/// <summary>What <c>--target=Cache --json</c> prints as its last line.</summary>
/// <param name="Bytes">On disk.</param>
/// <param name="Most">Bytes that may stay after a build.</param>
public sealed record CacheListing(string Folder, long Bytes, long Most, IReadOnlyList<ListedLayer> Layers, IReadOnlyList<CachedFolder> Others);

/// <summary>A layer in that list.</summary>
public sealed record ListedLayer(
    string Key, string? Parent, string What, long Bytes, DateTimeOffset Created, DateTimeOffset LastUsed, bool InUse, IReadOnlyList<string> Recipes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CacheListing))]
internal sealed partial class CacheJson : JsonSerializerContext;
