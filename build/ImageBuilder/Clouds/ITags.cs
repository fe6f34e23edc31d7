namespace ImageBuilder.Clouds;

/// <summary>Tags of images, snapshots, instances and groups.</summary>
public interface ITags
{
    /// <summary>Sets tags; others stay.</summary>
    Task SetAsync(IReadOnlyCollection<string> ids, IReadOnlyDictionary<string, string> tags, CancellationToken cancel);
}
