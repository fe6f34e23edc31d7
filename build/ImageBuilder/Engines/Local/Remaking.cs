using ImageBuilder.Contracts;
using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>Which layers of a plan this run makes again although they are there. Those that were made since it began will do.</summary>
internal sealed class Remaking
{
    private readonly DateTimeOffset _began;
    private readonly HashSet<string> _keys = [];

    public Remaking(BuildRun run)
    {
        _began = run.Wishes.Began;
        var build = run.Plan.Build;
        var from = run.Wishes.NoCache ? 0 : build.Concat(run.Plan.Validate).Select(s => s.Id).ToList().IndexOf(run.Wishes.FromStep ?? "");
        if (from < 0) return;
        // The seal follows on the last build step, and so on everything.
        _keys = [.. build.Skip(from).Select(s => s.Key), SealStep.Of(run.Plan).Key];
    }

    /// <summary>Whether the validate steps run again although they have seen these very layers.</summary>
    public bool Validates => _keys.Count > 0;

    /// <summary>Whether a chain of the plan's layers, however long, may be used.</summary>
    public bool Allows(LayerChain chain) => chain.Layers.All(l => l.Layer.Created >= _began || !_keys.Contains(l.Layer.Key));
}
