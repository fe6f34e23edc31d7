using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Records;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>Runs one component by itself: its build steps in one root on the parent image, then the others in what that boots to.</summary>
public sealed class ComponentTrial(BuildRun run, Sandbox sandbox, TrialSettings settings)
{
    public async Task<ComponentTried> RunAsync(CancellationToken cancel)
    {
        using var trial = new Trial(run, settings);
        var chain = (await new LayerMaking(run, sandbox).ParentAsync(cancel)).Chain;
        var parent = chain.Top!.Layer; // a parent image is a layer
        try
        {
            await using var root = sandbox.Open(chain, parent.Epoch);
            await trial.RunAsync(new TrialSessions(root, token => Validation.BootAsync(run, sandbox, chain.With(root.Work.Unkept(parent)), token)), cancel);
            return trial.End(settings.Keep ? await KeepAsync(root, chain, cancel) : []);
        }
        finally
        {
            await sandbox.Store.SweepAsync(CancellationToken.None);
        }
    }

    private async Task<IReadOnlyList<string>> KeepAsync(SandboxSession root, LayerChain chain, CancellationToken cancel)
    {
        // What scripts were filled in with is nobody's business afterwards.
        if (run.Plan.Build.LastOrDefault(s => s.Secrets.Count > 0) is { } step) await root.PrepareAsync(step, step.Script.ToString(), cancel);
        return await KeptRoot.KeepAsync(sandbox, chain, [root.Work], run.Plan.Components[0].Name, chain.Top!.Layer.Epoch, cancel); // a parent image is a layer
    }
}
