using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.Model;

namespace ImageBuilder.Journals;

/// <summary>How what was made is found and removed, by its kind.</summary>
public static class Removal
{
    /// <summary>Removes something. What is gone already is well.</summary>
    public static async Task RemoveAsync(ICloudRegion region, ResourceKind kind, string id, CancellationToken cancel)
    {
        switch (kind)
        {
            case ResourceKind.Transfer: await region.Transfers.CancelAsync(id, cancel); break;
            case ResourceKind.Instance: await region.Compute.TerminateAsync(id, cancel); break;
            case ResourceKind.SecurityGroup: await region.Compute.DeleteGroupAsync(id, cancel); break;
            case ResourceKind.Image: await RemoveImageAsync(region, id, cancel); break;
            case ResourceKind.Snapshot: await region.Snapshots.DeleteAsync(id, cancel); break;
            case ResourceKind.Share: await region.Shares.DeleteAsync(id, cancel); break;
            case ResourceKind.TemplateVersion when id.Split('/') is [var template, var number]:
                await region.Templates.DeleteVersionAsync(template, long.Parse(number, CultureInfo.InvariantCulture), cancel);
                break;
            case ResourceKind.StoredObject when id.Split('/', 2) is [var bucket, var key]:
                await region.Objects.DeleteAsync(new ObjectAddress(bucket, key), owner: null, cancel);
                break;
            default: throw new ArgumentException($"`{id}` is no id of a {kind}.", nameof(id));
        }
    }

    /// <summary>Waits until an instance that was told to end has ended: only then is its network free.</summary>
    public static Task UntilTerminatedAsync(ICloudRegion region, string id, TimeProvider clock, CancellationToken cancel) => CloudWait.UntilAsync(
        clock, async () => new State((await region.Compute.GetAsync(id, cancel))?.State), s => s.Name is null or "terminated", changed: null, cancel);

    /// <summary>Ids of what has all of these tags, by kind. Versions of templates and objects are known by the journal alone.</summary>
    public static async Task<IReadOnlyList<TaggedResource>> FindAsync(ICloudRegion region, IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var transfers = region.Transfers.FindAsync(tags, cancel);
        var instances = region.Compute.FindAsync(tags, cancel);
        var groups = region.Compute.FindGroupsAsync(tags, cancel);
        var shares = region.Shares.FindAsync(tags, cancel);
        var images = region.Images.FindAsync(new ImageQuery { Owners = ["self"], Tags = tags }, cancel);
        var snapshots = region.Snapshots.FindAsync(tags, cancel);
        return
        [
            .. (await transfers).Where(t => t.State is not ("completed" or "deleted" or "deleting")).Select(t => new TaggedResource(ResourceKind.Transfer, t.Id, t.Tags)),
            .. (await instances).Where(i => i.State is not ("terminated" or "shutting-down")).Select(i => new TaggedResource(ResourceKind.Instance, i.Id, i.Tags)),
            .. (await groups).Select(g => new TaggedResource(ResourceKind.SecurityGroup, g.Id, g.Tags)),
            .. (await shares).Where(s => s.Status is "ACTIVE" or "PENDING").Select(s => new TaggedResource(ResourceKind.Share, s.Arn, s.Tags)),
            .. (await images).Where(i => i.State != "deregistered").Select(i => new TaggedResource(ResourceKind.Image, i.Id, i.Tags)),
            .. (await snapshots).Select(s => new TaggedResource(ResourceKind.Snapshot, s.Id, s.Tags)),
        ];
    }

    // Snapshots that other runs made may be parts of other images.
    private static async Task RemoveImageAsync(ICloudRegion region, string id, CancellationToken cancel)
    {
        var image = await region.Images.GetAsync(id, cancel);
        await region.Images.DeregisterAsync(id, cancel);
        foreach (var snapshot in image?.Snapshots ?? [])
            if (await region.Snapshots.GetAsync(snapshot, cancel) is { } found
                && found.Tags.GetValueOrDefault(CloudTags.Run) == image!.Tags.GetValueOrDefault(CloudTags.Run)) // it has snapshots
                await region.Snapshots.DeleteAsync(snapshot, cancel);
    }

    // Null: long gone.
    private sealed record State(string? Name);
}

/// <summary>Something in a cloud that carries tags.</summary>
public sealed record TaggedResource(ResourceKind Kind, string Id, IReadOnlyDictionary<string, string> Tags);
