using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Layers;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Roots made of layers, in namespaces of their own: <see cref="Open"/> for a step that makes a new layer on a chain, and
/// <see cref="ReadAsync"/> for who reads the merged tree of a chain.
/// Open it once per stage with <see cref="ForAsync"/>; chains come from <see cref="Store"/> and stay in use until it is disposed.
/// </summary>
public sealed class Sandbox : IDisposable
{
    // overlayfs takes 500 layers; one is the new layer and one may be empty.
    private const int MostLayers = 498;

    private readonly BuildRun _run;

    private Sandbox(BuildRun run, UserNamespace space, LayerStore store) => (_run, Space, Store) = (run, space, store);

    public UserNamespace Space { get; }

    public LayerStore Store { get; }

    public void Dispose() => Store.Dispose();

    /// <summary>The layer with this key and all below it, whole and in use, or null. Says which layers were damaged.</summary>
    public Task<LayerChain?> TakeAsync(string key, CancellationToken cancel) =>
        Store.TakeAsync(key, damage => _run.Report.Write(new Noted(damage.ToString())), cancel);

    public static async Task<Sandbox> ForAsync(BuildRun run, CancellationToken cancel)
    {
        var space = new UserNamespace(run.Programs, IdMap.Current(), run.Clock);
        return new Sandbox(run, space, await LayerStore.OpenAsync(run.Settings.Cache, new LayerTrees(space), run.Clock, cancel));
    }

    /// <summary>A session on a new layer above the chain. Nothing of it stays unless the store commits its work.</summary>
    /// <param name="epoch">SOURCE_DATE_EPOCH of the scripts.</param>
    public SandboxSession Open(LayerChain chain, long epoch)
    {
        var work = Store.Begin();
        try
        {
            RootSkeleton.MakeRoot(work.Beside("root"), "image/dev");
            return new SandboxSession(_run, Space, work, Prepare(work, chain), epoch);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>Lets the tree of a chain be read: by this user, whoever its files belong to.</summary>
    public async Task<T> ReadAsync<T>(LayerChain chain, Func<IReadOnlyList<TreeNode>, Task<T>> use, CancellationToken cancel)
    {
        using var work = Store.Begin();
        using var tree = await ChainTree.OpenAsync(chain, Store.Trees, work.Folder, cancel);
        var result = await use(tree.Nodes);
        work.Remove();
        return result;
    }

    /// <summary>Makes what root.sh expects in a work folder.</summary>
    /// <returns>The lower layers as root.sh takes them.</returns>
    internal static string Prepare(LayerWork work, LayerChain chain)
    {
        foreach (var name in (string[])["none", "overlay", "mount"]) work.Beside(name);
        // A layer without content, of a step that only looked, adds nothing.
        List<StoredLayer> layers = [.. chain.Layers.Where(l => l.Layer.Entries > 0 || l.Layer.Key.Length == 0)];
        return layers.Count == 0 ? "none" : Link(work, layers);
    }

    // Links with short names: all lower layers together must fit into the one page of text that mount(2) takes.
    private static string Link(LayerWork work, List<StoredLayer> layers)
    {
        if (layers.Count > MostLayers) throw TooMany(layers.Count);
        var names = new List<string>();
        foreach (var layer in layers.AsEnumerable().Reverse())
        {
            var name = names.Count.ToString(CultureInfo.InvariantCulture);
            File.CreateSymbolicLink(Path.Combine(work.Folder, name), layer.Root);
            names.Add(name);
        }

        return string.Join(':', names);
    }

    private static ProblemException TooMany(int count) => new(ExitCode.BuildFailed, new Problem("IB4203",
        $"The image has {count} layers; at most {MostLayers} can be mounted over each other.", "Each build step makes one layer.",
        "Join some steps of the components into one."));
}
