using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>A machine's disk that VM Import/Export is to make an image of.</summary>
/// <param name="Format">As of <see cref="ImageImport"/>.</param>
/// <param name="License"><c>AWS</c>, <c>BYOL</c>, or null: the service chooses.</param>
public sealed record ImportWish(string File, string Format, string Bucket, string Architecture, string Platform, string? BootMode, string? License)
{
    public string Name => Path.GetFileNameWithoutExtension(File);
}

/// <summary>What became of it.</summary>
public sealed record ImportedImage(string Image, string Region, string File, IReadOnlyList<string> Snapshots);

/// <summary>Makes an image of a disk by VM Import/Export, which changes the system in it so that it runs in the cloud. Leaves nothing but the image.</summary>
public sealed class MachineImport(ICloudRegion region, CloudJournal journal, TimeProvider clock, Action<string> tell)
{
    private const string Stage = "ImportImage";

    private static readonly TimeSpan s_cleaning = TimeSpan.FromMinutes(1);

    public async Task<ImportedImage> RunAsync(ImportWish wish, CancellationToken cancel)
    {
        var home = await region.Objects.RegionAsync(wish.Bucket, cancel);
        if (home != region.Place.Region) throw new ProblemException(ExitCode.Usage, new Problem("IB8402",
            $"The bucket `{wish.Bucket}` is not in {region.Place.Region}.", $"It is in {home}; VM Import/Export reads buckets of its own region only.",
            $"Write --region={home}, or the name of another bucket."));
        await ImportRole.CheckAsync(region.Roles, cancel);
        try
        {
            return await ImportAsync(wish, cancel);
        }
        finally
        {
            using var own = new CancellationTokenSource(s_cleaning);
            await journal.RemoveOpenAsync(clock, own.Token);
        }
    }

    private async Task<ImportedImage> ImportAsync(ImportWish wish, CancellationToken cancel)
    {
        var steps = new TransferSteps(region, journal, clock, Stage, tell);
        var (address, _) = await steps.UploadAsync(wish.File, wish.Bucket, cancel);
        var tags = new Dictionary<string, string>();
        var id = await journal.MakeAsync(region.Place, ResourceKind.Transfer, $"import of {address.Key}", Stage, making =>
        {
            foreach (var (name, value) in making.Tags) tags[name] = value;
            return region.Transfers.ImportImageAsync(new ImageImport(address.Bucket, address.Key, wish.Format, wish.Name, wish.Architecture, wish.Platform,
                wish.BootMode, wish.License, Encrypted: false, KmsKey: null, ImportRole.Name, making.Tags, making.Token), cancel);
        }, cancel);
        tell($"AWS imports it: {id}.");
        var task = await steps.EndAsync(id, cancel);
        if (task.State != "completed" || task.Made is not { Length: > 0 } image) throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8403",
            $"AWS could not make an image of `{wish.File}`.", $"{id} ended as {task.State}: {task.Message}",
            "Mend what it says about the system in the disk; a disk that is built for the cloud needs no import: publish it."));
        var snapshots = (await region.Images.GetAsync(image, cancel))?.Snapshots ?? [];
        tags[CloudTags.State] = CloudTags.Kept;
        tags["Name"] = wish.Name;
        await region.Tags.SetAsync([image, .. snapshots], tags, cancel);
        return new ImportedImage(image, region.Place.Region, Path.GetFileName(wish.File), snapshots);
    }
}
