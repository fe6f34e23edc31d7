using System.Collections.Concurrent;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>What a store has of a plan, by the rules by which <see cref="Customization"/> takes it.</summary>
internal sealed class PartsLook(BuildRun run, LayerStore store, ConcurrentDictionary<string, bool> looked)
{
    private const string Stage = "Customize";

    public IReadOnlyList<PartFound> Parts()
    {
        var (plan, seal) = (run.Plan, SealStep.Of(run.Plan));
        var whole = Find(seal.Key);
        // From the highest layer that is there.
        var there = whole is null ? plan.Build.Count : plan.Build.Count + 1;
        var chain = whole?.Below;
        while (chain is null && there > 0 && (chain = Find(plan.Build[there - 1].Key)) is null) there--;
        chain ??= Find(plan.Parent.Key);
        var top = there >= plan.Build.Count ? chain?.Top?.Layer.Id : null;
        return
        [
            Part("Base", plan.Parent.Reference, plan.Parent.Key, chain is not null),
            .. plan.Build.Select((step, index) => Part(Stage, step.Id, step.Key, chain is not null && index < there)),
            .. plan.Validate.Select(step => new PartFound(Stage, step.Id, "", top is not null && Validation.Succeeded(run, store, top) ? PartState.There : PartState.Missing)),
            Part(Stage, seal.Id, seal.Key, whole is not null) with { Layer = whole?.Top?.Layer.Id },
        ];
    }

    private LayerChain? Find(string key) => store.LookAt(key, looked);

    private PartFound Part(string stage, string id, string key, bool there) => new(stage, id, key, there ? PartState.There : store.Lack(key));
}
