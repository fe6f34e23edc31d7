using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>A file that holds a disk, and the bucket through which AWS reads it.</summary>
/// <param name="Format">As of <see cref="SnapshotImport"/>.</param>
public sealed record ImportFile(string Path, string Format, string Bucket);

/// <summary>
/// Makes a snapshot of a disk by VM Import/Export: for who may not write blocks. Everything is sent each time. Leaves nothing but the snapshot; an import that
/// ended after its run was killed is taken over.
/// </summary>
/// <param name="stage">That it is done for.</param>
/// <param name="tell">Gets what is worth to be known.</param>
public sealed class DiskImport(CloudJournal journal, ICloud cloud, TimeProvider clock, string stage, Action<string> tell)
{
    private static readonly TimeSpan s_cleaning = TimeSpan.FromMinutes(1);

    /// <param name="disk">What the file holds.</param>
    public async Task<SnapshotMade> ImportAsync(RawSource disk, ImportFile file, SnapshotWish wish, CancellationToken cancel)
    {
        var region = cloud.At(wish.Place);
        var content = ContentTags.Of(disk, wish);
        if (await ContentTags.FindAsync(region, content, cancel) is { } there) return new SnapshotMade(there, 0, Reused: true);
        var before = (await region.Transfers.FindAsync(content, cancel)).Where(t => t.State == "completed").Select(t => t.Made).OfType<string>();
        foreach (var snapshot in before)
            if (await region.Snapshots.GetAsync(snapshot, cancel) is { State: "completed" }) return await TakeAsync(snapshot);
        return await TakeAsync(await SendAsync(region, file, disk, wish, content, cancel));

        // The service gives what it makes no tags.
        async Task<SnapshotMade> TakeAsync(string snapshot)
        {
            await journal.AdoptAsync(wish.Place, ResourceKind.Snapshot, snapshot, $"snapshot {disk.Sha256}", stage, cancel);
            await region.Tags.SetAsync([snapshot], wish.Tags.With(content), cancel);
            return new SnapshotMade(snapshot, 0, Reused: false);
        }
    }

    private async Task<string> SendAsync(
        ICloudRegion region, ImportFile file, RawSource disk, SnapshotWish wish, IReadOnlyDictionary<string, string> content, CancellationToken cancel)
    {
        await ImportRole.CheckAsync(region.Roles, cancel);
        // Several regions at once.
        var steps = new TransferSteps(region, journal, clock, stage, text => tell($"{wish.Place}: {text.TrimStart()}"));
        var (address, stored) = await steps.UploadAsync(file.Path, file.Bucket, cancel);
        string? going = null;
        try
        {
            going = await journal.MakeAsync(wish.Place, ResourceKind.Transfer, $"import of {disk.Sha256}", stage, making => region.Transfers.ImportSnapshotAsync(
                new SnapshotImport(address.Bucket, address.Key, file.Format, wish.Description, wish.Encrypted, wish.Key, ImportRole.Name,
                    content.With(making.Tags), making.Token), cancel), cancel);
            tell($"{wish.Place} imports the disk: {going}.");
            var task = await steps.EndAsync(going, cancel);
            going = null;
            return task is { State: "completed", Made: { Length: > 0 } snapshot } ? snapshot : throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8404",
                $"AWS could not make a snapshot of the disk in {wish.Place}.", $"{task.Id} ended as {task.State}: {task.Message}",
                "Mend what it says and run the same command again."));
        }
        finally
        {
            using var own = new CancellationTokenSource(s_cleaning);
            if (going is not null) await EndAsync(region, going, own.Token);
            await journal.RemoveAsync(wish.Place, ResourceKind.StoredObject, stored, own.Token);
        }
    }

    // What has ended meanwhile is taken over by the next run.
    private async Task EndAsync(ICloudRegion region, string going, CancellationToken cancel)
    {
        if (await region.Transfers.GetAsync(going, cancel) is { State: "active" }) await journal.RemoveAsync(region.Place, ResourceKind.Transfer, going, cancel);
        else journal.Gone(region.Place, ResourceKind.Transfer, going);
    }
}
