using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Publishing;

/// <summary>Copies machine images to other regions and accounts, and never a second time with the same content and name.</summary>
/// <param name="stage">That it is done for.</param>
public sealed class ImageCopier(CloudJournal journal, ICloud cloud, ImagePublisher images, TimeProvider clock, string stage)
{
    /// <param name="wanted">Without the journal's tags and token.</param>
    /// <returns>The image, and whether it was there already.</returns>
    public async Task<(CloudImage Image, bool Reused)> EnsureAsync(
        CloudPlace place, CloudImageMade source, ImageCopy wanted, IReadOnlyDictionary<string, string> content, CancellationToken cancel)
    {
        var found = await images.FindAsync(place, wanted.Name, content, cancel);
        if (found is null && place.Role != source.Role) await LendAsync(place, source, cancel);
        var id = found?.Id ?? await journal.MakeAsync(place, ResourceKind.Image, $"image {wanted.Name} of {source.Id}", stage, making =>
            cloud.At(place).Images.CopyAsync(wanted with { Tags = wanted.Tags.With(content, making.Tags), Token = making.Token }, cancel), cancel);
        var image = await CloudWait.UntilAsync(clock, () => cloud.At(place).Images.GetAsync(id, cancel), i => i.State != "pending", changed: null, cancel);
        if (image.State != "available") throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8105",
            $"The copy {id} in {place} of {source.Id} did not become available.", $"Its state is {image.State}: {image.Why}",
            "Run the same command again. An encrypted image is copied by whoever may use its key there."));
        var tags = wanted.Tags.With(content, image.Tags);
        if (tags.Count > image.Tags.Count) await cloud.At(place).Tags.SetAsync([id], tags, cancel);
        return (image, found is not null);
    }

    // Whoever copies it must be allowed to read it.
    private async Task LendAsync(CloudPlace place, CloudImageMade source, CancellationToken cancel)
    {
        var account = (await cloud.At(place).Identity.WhoAsync(cancel)).Account;
        var region = cloud.At(new CloudPlace(source.Region, source.Role));
        if ((await region.Identity.WhoAsync(cancel)).Account == account) return;
        var now = await region.Images.PermissionsAsync(source.Id, cancel);
        if (!now.Accounts.Contains(account)) await region.Images.ShareAsync(source.Id, now with { Accounts = [.. now.Accounts, account] }, cancel);
        foreach (var snapshot in source.Snapshots) await region.Snapshots.ShareAsync(snapshot, [account], cancel);
    }
}
