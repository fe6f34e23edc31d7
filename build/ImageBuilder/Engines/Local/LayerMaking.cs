using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>Finds layers, or makes them: one build makes a layer while all others that need it wait.</summary>
public sealed class LayerMaking(BuildRun run, Sandbox sandbox)
{
    /// <summary>The parent image, and whether it was there.</summary>
    public Task<(LayerChain Chain, bool Reused)> ParentAsync(CancellationToken cancel) => FindOrMakeAsync(
        "Base", run.Plan.Parent.Reference, run.Plan.Parent.Key, () => new ParentLayer(run, sandbox).MakeAsync(cancel), cancel);

    /// <summary>The chain up to the layer with this key, and whether it was there.</summary>
    public async Task<(LayerChain Chain, bool Reused)> FindOrMakeAsync(
        string stage, string what, string key, Func<Task<LayerChain>> make, CancellationToken cancel)
    {
        if (await sandbox.TakeAsync(key, cancel) is { } there) return (there, true);
        using var alone = await sandbox.Store.LockAsync(key,
            () => run.Report.Write(new Progress(stage, what, "waiting for another build that makes the same layer")), cancel);
        return await sandbox.TakeAsync(key, cancel) is { } made ? (made, true) : (await make(), false);
    }
}
