using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>What build steps downloaded, as their layers keep it: an output with a line <c>digest  file</c> for each.</summary>
public static class DownloadList
{
    /// <param name="chain">Sealed: the seal's layer is on top of those of the steps.</param>
    public static IReadOnlyList<LockedDownload> Of(Plan plan, LayerChain chain) =>
    [
        .. from pair in plan.Build.Zip(chain.Layers.SkipLast(1).TakeLast(plan.Build.Count))
           from outputs in pair.Second.Layer.Outputs
           where outputs.ContainsKey(StepOutcome.Downloads)
           from line in outputs[StepOutcome.Downloads].Split('\n', StringSplitOptions.RemoveEmptyEntries)
           let cut = line.IndexOf("  ", StringComparison.Ordinal)
           where cut == 64
           select new LockedDownload(pair.First.Id, line[(cut + 2)..], line[..cut]),
    ];
}
