using System.Collections.Concurrent;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>Builds images on this Linux machine: layers in a user namespace, a disk made of the merged tree, tests in a virtual machine.</summary>
public sealed class LocalEngine : IImageEngine
{
    private readonly ConcurrentDictionary<string, bool> _looked = [];
    private readonly MachinePlaces _machines = new();

    public string Name => "local";

    public bool NeedsThisMachine => true;

    public string? LayerOf(BuildRun run, string key) => StoreOf(run).LookAt(key, _looked)?.Top?.Layer.Id;

    public async Task<IReadOnlyList<PartFound>> FindPartsAsync(BuildRun run, CancellationToken cancel) =>
        run.Plan.Parent.Kind == "none" ? [] : await new PartsLook(run, StoreOf(run), _looked).PartsAsync(cancel);

    public string DiskTools(BuildRun run) => Local.DiskTools.Text;

    public async Task<CacheCleaned> CleanAsync(EngineHost host, CacheCleaning what, CancellationToken cancel)
    {
        if (!Directory.Exists(host.Settings.Cache)) return new CacheCleaned([], [], 0, 0, 0);
        using var store = await OpenAsync(host, cancel);
        return await new StoreCleaning(store, host.Clock).CleanAsync(what, cancel);
    }

    public async Task<CacheContents> LookAsync(EngineHost host, CancellationToken cancel)
    {
        if (!Directory.Exists(host.Settings.Cache)) return new CacheContents(host.Settings.Cache, [], []);
        using var store = await OpenAsync(host, cancel);
        return await new StoreCleaning(store, host.Clock).LookAsync(cancel);
    }

    public async Task<CacheVerified> VerifyAsync(EngineHost host, CancellationToken cancel)
    {
        if (!Directory.Exists(host.Settings.Cache)) return new CacheVerified(0, 0, []);
        using var store = await OpenAsync(host, cancel);
        return await new StoreCleaning(store, host.Clock).VerifyAsync(cancel);
    }

    public async Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        if (run.Plan.Platform != "Linux")
            throw new ProblemException(ExitCode.Usage, new Problem("IB4008", $"The local engine cannot build images for {run.Plan.Platform}.",
                "It makes parent images from Linux packages and runs steps on this machine's kernel.",
                $"Use --target=Plan: it checks the recipe and renders its scripts. Building {run.Plan.Platform} comes with the aws engine.",
                new Place(run.Plan.RecipeFile)));
        var started = run.Clock.GetTimestamp();
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        var (chain, reused) = await new LayerMaking(run, sandbox).WishedParentAsync(cancel);
        var layer = chain.Top!.Layer; // a found chain has a top
        var packages = PackageList.Of(chain);
        return new Based(run.Plan.Stages.Base, run.Plan.Parent.Key, layer.Epoch, reused, run.Clock.GetElapsedTime(started).TotalSeconds)
        {
            Layer = layer.Id,
            Digest = PackageList.DigestOf(packages, layer.Epoch),
            Packages = packages,
            Repositories = PackageList.RepositoriesOf(layer),
        };
    }

    public async Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel)
    {
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        await using var customization = new Customization(run, sandbox);
        return await customization.RunAsync(cancel);
    }

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        var chain = await sandbox.TakeAsync(customized.Key, cancel);
        if (chain is null)
        {
            // The record comes from another machine, or the cache was emptied since: the layers can be made again.
            await using var customization = new Customization(run with { Wishes = Wishes.None }, sandbox);
            await customization.RunAsync(cancel);
            chain = await sandbox.TakeAsync(customized.Key, cancel) ?? throw new InvalidOperationException("The layer that was just made is gone.");
        }

        var made = await sandbox.ReadAsync(
            chain, tree => new DiskAssembly(run.Programs).MakeAsync(run.Plan, tree, customized.Epoch, run.Folder, cancel), cancel);
        return made with { Layer = chain.Top!.Layer.Id, Tools = DiskTools(run) }; // found
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel) => new BootTests(run, _machines).RunAsync(disk, cancel);

    public async Task<int> ShellAsync(BuildRun run, ShellRequest request, CancellationToken cancel)
    {
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        return await new RootShell(run, sandbox).RunAsync(request, cancel);
    }

    public async Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel)
    {
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        return await new ComponentTrial(run, sandbox, settings).RunAsync(cancel);
    }

    private static Task<LayerStore> OpenAsync(EngineHost host, CancellationToken cancel) =>
        LayerStore.OpenAsync(host.Settings.Cache, new LayerTrees(new UserNamespace(host.Programs, IdMap.Current(), host.Clock)), host.Clock, cancel);

    private static LayerStore StoreOf(BuildRun run) =>
        LayerStore.At(run.Settings.Cache, new LayerTrees(new UserNamespace(run.Programs, IdMap.Current(), run.Clock)), run.Clock);
}
