using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

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

    /// <summary>What has all of these tags. Versions of templates and objects are known by the journal alone.</summary>
    public static async Task<TaggedFound> FindAsync(ICloudRegion region, IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var problems = new List<Problem>();
        var own = new ImageQuery { Owners = ["self"], Tags = tags };
        var transfers = region.Transfers.FindAsync(tags, cancel);
        var found = await Task.WhenAll(
            SeeAsync(ResourceKind.Transfer, transfers, t => t.Id, t => t.Tags, t => t.State is not ("completed" or "deleted" or "deleting")),
            SeeAsync(ResourceKind.Instance, region.Compute.FindAsync(tags, cancel), i => i.Id, i => i.Tags, i => i.State is not ("terminated" or "shutting-down")),
            SeeAsync(ResourceKind.SecurityGroup, region.Compute.FindGroupsAsync(tags, cancel), g => g.Id, g => g.Tags, _ => true),
            SeeAsync(ResourceKind.Share, region.Shares.FindAsync(tags, cancel), s => s.Arn, s => s.Tags, s => s.Status is "ACTIVE" or "PENDING"),
            SeeAsync(ResourceKind.Image, region.Images.FindAsync(own, cancel), i => i.Id, i => i.Tags, i => i.State != "deregistered"),
            SeeAsync(ResourceKind.Snapshot, region.Snapshots.FindAsync(tags, cancel), s => s.Id, s => s.Tags, _ => true),
            SeeAsync(ResourceKind.Snapshot, ForgottenAsync(), t => t.Made!, t => t.Tags, _ => true)); // they have made something
        return new TaggedFound([.. found.SelectMany(f => f)], problems);

        // What an import makes has no tags until somebody takes it.
        async Task<IReadOnlyList<TransferTask>> ForgottenAsync()
        {
            var forgotten = new List<TransferTask>();
            foreach (var task in (await transfers).Where(t => t is { State: "completed", Made: not null } && t.Id.StartsWith("import-snap", StringComparison.Ordinal)))
                if (await region.Snapshots.GetAsync(task.Made!, cancel) is { } made && !made.Tags.ContainsKey(CloudTags.Run)) forgotten.Add(task); // as above
            return forgotten;
        }

        // What cannot be seen of one kind says nothing of the others.
        async Task<IEnumerable<TaggedResource>> SeeAsync<T>(
            ResourceKind kind, Task<IReadOnlyList<T>> asked, Func<T, string> id, Func<T, IReadOnlyDictionary<string, string>> tagsOf, Predicate<T> isThere)
        {
            try
            {
                return (await asked).Where(one => isThere(one)).Select(one => new TaggedResource(kind, id(one), tagsOf(one)));
            }
            catch (ProblemException e)
            {
                lock (problems) problems.AddRange(e.Problems);
                return [];
            }
        }
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

/// <param name="Problems">What could not be looked for, and why.</param>
public sealed record TaggedFound(IReadOnlyList<TaggedResource> Items, IReadOnlyList<Problem> Problems);

/// <summary>Something in a cloud that carries tags.</summary>
public sealed record TaggedResource(ResourceKind Kind, string Id, IReadOnlyDictionary<string, string> Tags);
