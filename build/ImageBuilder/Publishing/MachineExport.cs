using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Exporting;
using ImageBuilder.FileSystems;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Publishing;

/// <summary>
/// Makes files of a machine image by VM Import/Export, which writes a VMDK to a bucket: it is fetched, and all formats are made of it here, because the
/// service has neither VHDX nor QCOW2 nor OVA. Leaves nothing in the bucket.
/// </summary>
/// <param name="run">Its plan has the name, the version and the formats; its folder gets the files.</param>
public sealed class MachineExport(ICloudRegion region, BuildRun run, Action<string> tell)
{
    private const string Stage = "ExportImage";
    private const string Format = "VMDK";

    private static readonly TimeSpan s_cleaning = TimeSpan.FromMinutes(1);

    private CloudJournal Journal => run.Journal;

    public async Task<IReadOnlyList<Artifact>> RunAsync(string id, string bucket, CancellationToken cancel)
    {
        var image = await region.Images.GetAsync(id, cancel) ?? throw new ProblemException(ExitCode.Usage, new Problem("IB8420",
            $"There is no image {id} in {region.Place}.", "Region and account have none, or may not see it.", "Write its region with --region=."));
        await CheckAsync(image, bucket, cancel);
        await ImportRole.CheckAsync(region.Roles, cancel);
        var vmdk = Path.Combine(run.Folder, ".export.vmdk");
        var raw = Path.Combine(run.Folder, ".export.raw");
        try
        {
            await FetchAsync(image, bucket, vmdk, cancel);
            tell("Making the files.");
            (await run.Programs.RunAsync(new Command("qemu-img", "convert", "-f", "vmdk", "-O", "raw", vmdk, raw), cancel)).OrThrow("What AWS has exported is no disk.");
            File.Delete(vmdk);
            return await WriteAsync(image, raw, cancel);
        }
        finally
        {
            File.Delete(vmdk);
            File.Delete(raw);
            using var own = new CancellationTokenSource(s_cleaning);
            await Journal.RemoveOpenAsync(run.Clock, own.Token);
        }
    }

    // What the service refuses, and says so only after it was asked, or never.
    private async Task CheckAsync(CloudImage image, string bucket, CancellationToken cancel)
    {
        var snapshots = await Task.WhenAll(image.Snapshots.Select(s => region.Snapshots.GetAsync(s, cancel)));
        var why = image.State != "available" ? $"It is {image.State}."
            : image.Owner.Length > 0 && image.Owner != (await region.Identity.WhoAsync(cancel)).Account ? $"It belongs to {image.Owner}: only images of one's own are exported."
            : image.ProductCodes.Count > 0 ? "It has a product of the Marketplace in it."
            : image.Snapshots.Count > 1 ? $"It has {image.Snapshots.Count} volumes; one is what can be exported."
            : snapshots.Any(s => s?.Encrypted == true) ? "Its snapshot is encrypted."
            : null;
        if (why is not null) throw new ProblemException(ExitCode.Usage, new Problem("IB8421", $"The image {image.Id} cannot be exported by AWS.", why,
            "Copy it so that it fits (without encryption, with one volume), or build the recipe with --engine=local: that makes files at once."));
        var home = await region.Objects.RegionAsync(bucket, cancel);
        if (home != region.Place.Region) throw new ProblemException(ExitCode.Usage, new Problem("IB8422", $"The bucket `{bucket}` is not in {region.Place.Region}.",
            $"It is in {home}; VM Import/Export writes to buckets of its own region only.", "Name another bucket."));
    }

    private async Task FetchAsync(CloudImage image, string bucket, string path, CancellationToken cancel)
    {
        var prefix = $"exports/{Journal.Run}/";
        var id = await Journal.MakeAsync(region.Place, ResourceKind.Transfer, $"export of {image.Id}", Stage, making => region.Transfers.ExportImageAsync(
            new ImageExport(image.Id, Format, bucket, prefix, $"export of {image.Name}", ImportRole.Name, making.Tags, making.Token), cancel), cancel);
        // The object appears by itself: its name is known as soon as the task is.
        var address = new ObjectAddress(bucket, $"{prefix}{id}.{Format.ToLowerInvariant()}");
        await Journal.MakeAsync(region.Place, ResourceKind.StoredObject, $"{bucket}/{address.Key}", Stage, _ => Task.FromResult($"{bucket}/{address.Key}"), cancel);
        tell($"AWS exports it: {id}.");
        var task = await new TransferSteps(region, Journal, run.Clock, Stage, tell).EndAsync(id, cancel);
        if (task.State != "completed") throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8423", $"AWS could not export {image.Id}.",
            $"{id} ended as {task.State}: {task.Message}", "Mend what it says, and run the same command again."));
        var made = await region.Objects.FindAsync(address, owner: null, cancel) ?? throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8424",
            $"What AWS has exported is not at {address}.", $"{id} says that it is complete.", "Look into the bucket; the role vmimport must be allowed to write there."));
        tell($"Fetching {address}, {made.Size >> 20} MiB.");
        await region.Objects.DownloadAsync(made, owner: null, path, cancel);
    }

    private async Task<IReadOnlyList<Artifact>> WriteAsync(CloudImage image, string raw, CancellationToken cancel)
    {
        var sha256 = await FileDigest.OfAsync(raw, _ => { }, cancel);
        var digest = await Verity.OfAsync(raw, cancel);
        var disk = new DiskMade("", Path.GetFileName(raw), new FileInfo(raw).Length, digest, "", image.Created.ToUnixTimeSeconds());
        var artifacts = await new FormatWriting(run, disk, sha256, raw, run.Folder, [])
            .RunAsync([.. Catalog<IImageFormat>.All.Where(f => run.Plan.Outputs.Contains(f.Name))], cancel);
        await DigestList.WriteAsync(run.Folder, artifacts, cancel);
        return artifacts;
    }
}
