using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>Finds layers, or makes them: one build makes a layer while all others that need it wait.</summary>
public sealed class LayerMaking(BuildRun run, Sandbox sandbox)
{
    private const string Base = "Base";

    /// <summary>The parent image, and whether it was there.</summary>
    public Task<(LayerChain Chain, bool Reused)> ParentAsync(CancellationToken cancel) => run.Plan.Parent.Plan is { } plan ? OfRecipeAsync(plan, cancel)
        : FindOrMakeAsync(Base, run.Plan.Parent.Reference, run.Plan.Parent.Key, _ => true, () => new ParentLayer(run, sandbox).MakeAsync(cancel), cancel);

    /// <summary>The parent image as this run wishes it: from the cache, made again, or made again if the package repositories have changed.</summary>
    public async Task<(LayerChain Chain, bool Reused)> WishedParentAsync(CancellationToken cancel)
    {
        if (run.Wishes is { NoCache: false, Refresh: false } || run.Plan.Parent.Plan is not null) return await ParentAsync(cancel);
        using var alone = await LockAsync(Base, run.Plan.Parent.Reference, run.Plan.Parent.Key, cancel);
        var parent = new ParentLayer(run, sandbox);
        if (await sandbox.TakeAsync(run.Plan.Parent.Key, cancel) is { } there)
        {
            // Another recipe of this run has asked already.
            if (there.Top!.Layer.Created >= run.Wishes.Began) return (there, true); // a found chain has a top
            if (!run.Wishes.NoCache && await parent.IsCurrentAsync(there.Top.Layer, cancel))
            {
                await sandbox.Store.SweepAsync(cancel); // what asking left
                run.Report.Write(new Noted($"mirror unchanged: {run.Plan.Parent.Reference} is what the package repositories have now"));
                return (there, true);
            }
        }

        return (await parent.MakeAsync(cancel), false);
    }

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
    /// <param name="usable">Whether a chain that is there may be used.</param>
    public async Task<(LayerChain Chain, bool Reused)> FindOrMakeAsync(
        string stage, string what, string key, Func<LayerChain, bool> usable, Func<Task<LayerChain>> make, CancellationToken cancel)
    {
        if (await sandbox.TakeAsync(key, cancel) is { } there && usable(there)) return (there, true);
        using var alone = await LockAsync(stage, what, key, cancel);
        return await sandbox.TakeAsync(key, cancel) is { } made && usable(made) ? (made, true) : (await make(), false);
    }

    private Task<FileLock> LockAsync(string stage, string what, string key, CancellationToken cancel) => sandbox.Store.LockAsync(key,
        () => run.Report.Write(new Progress(stage, what, "waiting for another build that makes the same layer")), cancel);
}
