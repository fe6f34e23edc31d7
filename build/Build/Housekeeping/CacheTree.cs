using ImageBuilder.Contracts;

namespace Build.Housekeeping;

/// <summary>Layers in the order in which they stand on each other. Only where several stand on one does the text go in: chains are long.</summary>
internal static class CacheTree
{
    public static IReadOnlyList<(CachedLayer Layer, int Depth)> Rows(IReadOnlyList<CachedLayer> layers)
    {
        var keys = layers.Select(l => l.Key).ToHashSet();
        var above = layers.Where(l => l.Parent is not null && keys.Contains(l.Parent)).ToLookup(l => l.Parent!); // those that have one
        var rows = new List<(CachedLayer, int)>();
        var pending = new Stack<(CachedLayer Layer, int Depth)>(Ordered(layers.Where(l => l.Parent is null || !keys.Contains(l.Parent)), 0));
        while (pending.TryPop(out var next))
        {
            rows.Add(next);
            var children = above[next.Layer.Key].ToList();
            foreach (var child in Ordered(children, children.Count > 1 || next.Layer.Parent is null ? next.Depth + 1 : next.Depth)) pending.Push(child);
        }

        return rows;
    }

    // The last one pushed comes first: what was used last.
    private static IEnumerable<(CachedLayer, int)> Ordered(IEnumerable<CachedLayer> layers, int depth) =>
        layers.OrderBy(l => l.LastUsed).ThenBy(l => l.Created).ThenBy(l => l.Key, StringComparer.Ordinal).Select(l => (l, depth));
}
