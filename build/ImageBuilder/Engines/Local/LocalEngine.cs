using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>Builds images on this Linux machine: layers in a user namespace, a disk made of the merged tree, tests in a virtual machine.</summary>
public sealed class LocalEngine : IImageEngine
{
    public string Name => "local";

    public string? LayerOf(BuildRun run, string key)
    {
        var space = new UserNamespace(run.Programs, IdMap.Current(), run.Clock);
        return LayerStore.At(run.Settings.Cache, new LayerTrees(space), run.Clock).Find(key)?.Top?.Layer.Id;
    }

    public string DiskTools(BuildRun run) => Local.DiskTools.Text;

    public async Task<Swept> SweepAsync(EngineHost host, IReadOnlySet<string> wanted, CancellationToken cancel)
    {
        if (!Directory.Exists(host.Settings.Cache)) return new Swept(0, 0);
        var space = new UserNamespace(host.Programs, IdMap.Current(), host.Clock);
        var store = await LayerStore.OpenAsync(host.Settings.Cache, new LayerTrees(space), host.Clock, cancel);
        var removed = await store.RemoveUnwantedAsync(wanted, cancel);
        return new Swept(removed.Count, removed.Sum(l => l.Bytes));
    }

    public async Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        if (run.Plan.Platform != "Linux")
            throw new ProblemException(ExitCode.Usage, new Problem("IB4008", $"The local engine cannot build images for {run.Plan.Platform}.",
                "It makes parent images from Linux packages and runs steps on this machine's kernel.",
                $"Use --target=Plan: it checks the recipe and renders its scripts. Building {run.Plan.Platform} comes with the aws engine.",
                new Place(run.Plan.RecipeFile)));
        var started = run.Clock.GetTimestamp();
        var sandbox = await Sandbox.ForAsync(run, cancel);
        var (chain, reused) = await new LayerMaking(run, sandbox).ParentAsync(cancel);
        var epoch = chain.Top!.Layer.Epoch; // a found chain has a top
        return new Based(run.Plan.Stages.Base, run.Plan.Parent.Key, epoch, reused, run.Clock.GetElapsedTime(started).TotalSeconds);
    }

    public async Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel)
    {
        await using var customization = new Customization(run, await Sandbox.ForAsync(run, cancel));
        return await customization.RunAsync(cancel);
    }

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        var sandbox = await Sandbox.ForAsync(run, cancel);
        var chain = sandbox.Store.Find(customized.Key);
        if (chain is null)
        {
            // The record comes from another machine, or the cache was emptied since: the layers can be made again.
            await using var customization = new Customization(run, sandbox);
            await customization.RunAsync(cancel);
            chain = sandbox.Store.Find(customized.Key)!; // just made
        }

        var assembly = new DiskAssembly(run.Programs,
            (script, arguments, token) => sandbox.RunOnTreeAsync(chain, script, arguments, run.Folder, null, token));
        return await assembly.MakeAsync(run.Plan, customized.Epoch, run.Folder, cancel) with { Layer = chain.Top!.Layer.Id, Tools = DiskTools(run) }; // found
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel) => new BootTests(run).RunAsync(disk, cancel);

    public async Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel) =>
        await new ComponentTrial(run, await Sandbox.ForAsync(run, cancel), settings).RunAsync(cancel);
}
