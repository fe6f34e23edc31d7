using ImageBuilder.Contracts;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>Builds images on this machine: layers in a user namespace, a disk without mounts, boots in QEMU.</summary>
public sealed class LocalEngine : IImageEngine
{
    public string Name => "local";

    public bool Has(BuildRun run, string key) => File.Exists(Path.Combine(run.Settings.Cache, "layers", key, "layer.json"));

    public async Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        var started = run.Clock.GetTimestamp();
        var sandbox = await Sandbox.ForAsync(run, cancel);
        var (chain, reused) = await new LayerMaking(run, sandbox).ParentAsync(cancel);
        return new Based(run.Plan.Digest, run.Plan.Parent.Key, chain.Top!.Layer.Epoch, reused, run.Clock.GetElapsedTime(started).TotalSeconds);
    }

    public async Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel)
    {
        await using var customization = new Customization(run, await Sandbox.ForAsync(run, cancel));
        return await customization.RunAsync(cancel);
    }

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        var sandbox = await Sandbox.ForAsync(run, cancel);
        var chain = await sandbox.Store.FindAsync(customized.Key, cancel);
        return await new DiskAssembly(run.Programs, (script, arguments, token) =>
            sandbox.RunOnTreeAsync(chain!, script, arguments, run.Folder, null, token)).MakeAsync(run.Plan, customized.Epoch, run.Folder, cancel);
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel) => throw new NotSupportedException();
}
