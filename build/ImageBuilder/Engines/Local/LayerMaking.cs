using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>Finds layers, or makes them: one build makes a layer while all others that need it wait.</summary>
public sealed class LayerMaking(BuildRun run, Sandbox sandbox)
{
    /// <summary>The parent image, and whether it was there.</summary>
    public Task<(LayerChain Chain, bool Reused)> ParentAsync(CancellationToken cancel) => run.Plan.Parent.Plan is { } plan ? OfRecipeAsync(plan, cancel)
        : FindOrMakeAsync("Base", run.Plan.Parent.Reference, run.Plan.Parent.Key, () => new ParentLayer(run, sandbox).MakeAsync(cancel), cancel);

    // Its own build in the same run has made it, unless each stage has a run of its own.
    private async Task<(LayerChain Chain, bool Reused)> OfRecipeAsync(Plan plan, CancellationToken cancel)
    {
        var parent = run with { Plan = plan, Folder = Path.Combine(run.Folder, "parent") };
        if (await sandbox.TakeAsync(plan.TopKey, cancel) is { } there && Validation.Succeeded(parent, sandbox.Store, there.Top!.Layer.Id)) return (there, true);
        Directory.CreateDirectory(parent.Folder);
        await using var customization = new Customization(parent, sandbox);
        return (await customization.ToValidatedAsync(cancel), false);
    }

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
