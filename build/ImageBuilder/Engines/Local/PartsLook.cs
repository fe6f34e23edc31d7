using System.Collections.Concurrent;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>What a store has of a plan, by the rules by which <see cref="Customization"/> takes it.</summary>
/// <param name="looked">Ids of layers that this run has looked at.</param>
internal sealed class PartsLook(BuildRun run, LayerStore store, ConcurrentDictionary<string, bool> looked)
{
    private const string Stage = "Customize";

    public async Task<IReadOnlyList<PartFound>> PartsAsync(CancellationToken cancel)
    {
        var (plan, seal) = (run.Plan, SealStep.Of(run.Plan));
        var (whole, lack) = await store.ForeseeAsync(seal.Key, looked, cancel);
        var states = plan.Build.Prepend(null).Select(_ => PartState.There).ToList(); // the parent image, then the steps
        var chain = whole?.Below;
        // From the highest layer that is there.
        for (var at = plan.Build.Count; chain is null && at >= 0; at--)
            (chain, states[at]) = await store.ForeseeAsync(at == 0 ? plan.Parent.Key : plan.Build[at - 1].Key, looked, cancel);
        // By the id that the top layer has, or will have again when it is only what lies below that is gone.
        var validated = states[^1] is PartState.There or PartState.Detached && store.IdOf(plan.TopKey) is { } top && Validation.Succeeded(run, store, top)
            ? states[^1] : PartState.Missing;
        return
        [
            new PartFound("Base", plan.Parent.Reference, plan.Parent.Key, states[0]),
            .. plan.Build.Zip(states.Skip(1), (step, state) => new PartFound(Stage, step.Id, step.Key, state)),
            .. plan.Validate.Select(step => new PartFound(Stage, step.Id, "", validated)),
            new PartFound(Stage, seal.Id, seal.Key, whole is null ? lack : PartState.There, store.IdOf(seal.Key)),
        ];
    }
}
