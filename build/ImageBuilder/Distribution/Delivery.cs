using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>A finished image that is delivered.</summary>
/// <param name="Raw">Absolute path of the tested disk.</param>
/// <param name="Modified">When its files were finished.</param>
public sealed record ImageToDeliver(BuildRun Run, DiskMade Disk, Exported Exported, string Raw, DateTimeOffset Modified)
{
    public ImageBuild Build => new(Run.Plan.Recipe, Run.Plan.Version, Exported.Build, Run.Plan.Architecture, Modified);

    /// <summary>A text of the recipe with the values of this image.</summary>
    public string Fill(string text) => ImageExpressions.Fill(text, Build);
}

/// <summary>One place that an image is delivered to.</summary>
public interface IDelivery
{
    /// <summary>What is to be done, as it would stand in the record.</summary>
    TargetDone Target { get; }

    /// <summary>What there is already and what will be made, in a few words. Changes nothing.</summary>
    Task<string> LookAsync(CancellationToken cancel);

    /// <summary>Delivers, reads back, and says what is there.</summary>
    /// <param name="before">What an earlier run did; null: nothing.</param>
    Task<TargetDone> DeliverAsync(TargetDone? before, CancellationToken cancel);
}
