using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Model;

namespace ImageBuilder.Publishing;

/// <summary>What imports and exports have in common.</summary>
/// <param name="stage">That it is done for.</param>
/// <param name="tell">Gets what is worth to be known.</param>
internal sealed class TransferSteps(ICloudRegion region, CloudJournal journal, TimeProvider clock, string stage, Action<string> tell)
{
    /// <summary>Puts a file where the service will read it.</summary>
    /// <returns>Its address, and the id that the journal knows it by.</returns>
    public async Task<(ObjectAddress Address, string Id)> UploadAsync(string file, string bucket, CancellationToken cancel)
    {
        var address = new ObjectAddress(bucket, $"imports/{journal.Run}/{Path.GetFileName(file)}");
        tell($"Uploading {file} to {address}.");
        var id = await journal.MakeAsync(region.Place, ResourceKind.StoredObject, $"{address.Bucket}/{address.Key}", stage, async _ =>
        {
            await region.Objects.UploadAsync(file, address, owner: null, cancel);
            return $"{address.Bucket}/{address.Key}";
        }, cancel);
        return (address, id);
    }

    /// <summary>Waits for a task as long as it takes; when it has ended, well or not, nothing has to be removed.</summary>
    public async Task<TransferTask> EndAsync(string id, CancellationToken cancel)
    {
        var task = await CloudWait.UntilAsync(clock, () => region.Transfers.GetAsync(id, cancel), t => t.State is "completed" or "deleted",
            t => tell($"  {t.State} {(t.Progress.Length > 0 ? t.Progress + " % " : "")}{t.Message}".TrimEnd()), cancel);
        journal.Gone(region.Place, ResourceKind.Transfer, id);
        return task;
    }
}
