using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Records;

/// <summary>One thing that is not what the lock says.</summary>
/// <param name="Locked">Null: the lock knows nothing of it.</param>
/// <param name="Now">Null: it is gone.</param>
public sealed record LockDifference(string What, string? Locked, string? Now);

/// <summary>Compares what a build is made of with the recipe's lock, as far as that is known at each point of the build.</summary>
public static class LockDifferences
{
    private const int Shown = 40;
    private const int DigestShown = 12;

    /// <summary>What is known before anything is made.</summary>
    public static IReadOnlyList<LockDifference> Of(Plan plan, IEnumerable<ToolVersion> tools, RecipeLock locked) =>
    [
        .. One("architecture", locked.Architecture, plan.Architecture),
        .. One("parent image", locked.Parent.Reference, plan.Parent.Reference),
        .. plan.SourceDateEpoch is { } epoch ? One("SOURCE_DATE_EPOCH", $"{locked.Parent.Epoch}", $"{epoch}") : [],
        .. Each("component", locked.Components, LockOf.Components(plan), c => c.Name, c => [("", c.Version), (" digest", c.Digest)]),
        .. Each("tool", locked.Tools, LockOf.Tools(tools), t => t.Name, t => [("", t.Version)]),
    ];

    /// <summary>What is known of the parent image once it is there.</summary>
    /// <remarks>What the repositories hold besides is not compared: no byte of the image comes from it.</remarks>
    public static IReadOnlyList<LockDifference> Of(Based made, RecipeLock locked) =>
    [
        .. One("epoch of the parent image", $"{locked.Parent.Epoch}", $"{made.Epoch}"),
        .. One("parent image digest", locked.Parent.Digest, made.Digest),
        .. locked.Parent.Digest == made.Digest ? [] : Shared(locked.Packages, LockOf.Packages(made.Packages)),
    ];

    /// <summary>What is known once all steps have run.</summary>
    public static IReadOnlyList<LockDifference> Of(Customized made, RecipeLock locked) =>
    [
        .. Packages(locked.Packages, LockOf.Packages(made.Packages)),
        .. Each("download", locked.Downloads, made.Downloads, d => $"{d.Step} {d.File}", d => [("", d.Sha256)]),
    ];

    /// <summary>The problem that shows them as a table, or null when there are none.</summary>
    public static Problem? Describe(IReadOnlyList<LockDifference> differences, string recipe)
    {
        if (differences.Count == 0) return null;
        var file = LockFile.PathOf(recipe);
        List<string[]> rows = [["what", "locked", "now"], .. differences.Take(Shown).Select(d => new[] { d.What, Short(d.Locked ?? "–"), Short(d.Now ?? "–") })];
        var widths = Enumerable.Range(0, 2).Select(column => rows.Max(r => r[column].Length)).ToArray();
        var table = rows.Select(r => $"{r[0].PadRight(widths[0])}  {r[1].PadRight(widths[1])}  {r[2]}".TrimEnd());
        if (differences.Count > Shown) table = table.Append($"… and {differences.Count - Shown} more");
        return new Problem("IB2014", $"`{recipe}` is not what its lock says, so it is not built: {Count(differences.Count)}.", string.Join('\n', table),
            $"Undo what changed; or accept it: ./build.sh --target=Lock --recipe={recipe}, and commit {file}.", new Place(file));
    }

    // What tells why a parent image is another one; components bring packages of their own.
    private static IEnumerable<LockDifference> Shared(IReadOnlyList<LockedPackage> locked, IReadOnlyList<LockedPackage> parent)
    {
        var names = locked.Select(p => p.Name).Intersect(parent.Select(p => p.Name)).ToHashSet();
        return Packages(locked.Where(p => names.Contains(p.Name)), parent.Where(p => names.Contains(p.Name)));
    }

    private static IEnumerable<LockDifference> Packages(IEnumerable<LockedPackage> locked, IEnumerable<LockedPackage> now) =>
        Each("package", locked, now, p => $"{p.Name} {p.Architecture}", p => [("", p.Version), (" archive", p.Sha256), (" files", p.Files)]);

    private static string Count(int differences) => differences == 1 ? "one difference" : $"{differences} differences";

    private static IEnumerable<LockDifference> One(string what, string? locked, string? now) => locked == now ? [] : [new LockDifference(what, locked, now)];

    // Facts of one thing that is there on both sides differ one by one; digests say nothing where the version says it already.
    private static IEnumerable<LockDifference> Each<T>(
        string kind, IEnumerable<T> locked, IEnumerable<T> now, Func<T, string> name, Func<T, (string What, string? Value)[]> facts)
    {
        var (left, right) = (Named(locked, name), Named(now, name));
        foreach (var key in left.Keys.Union(right.Keys).Order(StringComparer.Ordinal))
        {
            var (a, b) = (left.TryGetValue(key, out var one) ? facts(one) : null, right.TryGetValue(key, out var other) ? facts(other) : null);
            if (a is null || b is null) yield return new LockDifference($"{kind} {key}", a?[0].Value, b?[0].Value);
            else if (a.Zip(b).FirstOrDefault(f => f.First.Value != f.Second.Value) is { First.What: not null } fact)
                yield return new LockDifference($"{kind} {key}{fact.First.What}", fact.First.Value, fact.Second.Value);
        }
    }

    // A file that was edited by hand may name a thing twice.
    private static Dictionary<string, T> Named<T>(IEnumerable<T> things, Func<T, string> name) =>
        things.GroupBy(name).SelectMany(g => g.Select((thing, index) => (Key: index == 0 ? g.Key : $"{g.Key} ({index + 1})", thing))).ToDictionary(t => t.Key, t => t.thing);

    private static string Short(string value) => value.Length == 64 && value.All(char.IsAsciiHexDigitLower) ? value[..DigestShown] + "…" : value;
}
