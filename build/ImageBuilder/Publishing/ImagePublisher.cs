using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>Makes machine images of snapshots, and never a second one of the same content and name.</summary>
/// <param name="stage">That it is done for.</param>
/// <param name="tell">Gets what is worth to be known.</param>
public sealed class ImagePublisher(CloudJournal journal, ICloud cloud, TimeProvider clock, string stage, Action<string> tell)
{
    /// <summary>The boot mode of a disk that boots with these kinds of firmware.</summary>
    public static string BootModeOf(IReadOnlyCollection<string> firmware) => (firmware.Contains("bios"), firmware.Contains("uefi")) switch
    {
        (true, true) => "uefi-preferred",
        (false, true) => "uefi",
        _ => "legacy-bios",
    };

    /// <summary>The image of this content with this name; null: there is none yet.</summary>
    public async Task<CloudImage?> FindAsync(CloudPlace place, string name, IReadOnlyDictionary<string, string> content, CancellationToken cancel)
    {
        var images = cloud.At(place).Images;
        var found = await images.FindAsync(new ImageQuery { Owners = ["self"], Tags = content }, cancel);
        // What stands for AWS need not know tags of new images: then a run that was killed has left one with nothing but its name.
        if (cloud.IsEmulated && found.Count == 0)
            found = [.. (await images.FindAsync(new ImageQuery { Owners = ["self"] }, cancel)).Where(i => i.Tags.Count == 0)];
        return found.Where(i => i.Name == name && i.State is "available" or "pending").OrderBy(i => i.Created).FirstOrDefault();
    }

    /// <summary>Registers the image, or takes the one that is there, and waits until it can be used.</summary>
    /// <param name="wanted">Without the journal's tags.</param>
    public async Task<CloudImage> EnsureAsync(CloudPlace place, NewImage wanted, IReadOnlyDictionary<string, string> content, CancellationToken cancel)
    {
        var images = cloud.At(place).Images;
        var id = (await FindAsync(place, wanted.Name, content, cancel))?.Id
            ?? await journal.MakeAsync(place, ResourceKind.Image, $"image {wanted.Name} of {wanted.Snapshot}", stage,
                making => images.RegisterAsync(wanted with { Tags = wanted.Tags.With(content, making.Tags) }, cancel), cancel);
        var image = await CloudWait.UntilAsync(clock, () => images.GetAsync(id, cancel), i => i.State != "pending", changed: null, cancel);
        if (image.State != "available") throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8103",
            $"The image {id} in {place} did not become available.", $"Its state is {image.State}: {image.Why}", "Run the same command again."));
        var tags = wanted.Tags.With(content, image.Tags);
        if (tags.Count > image.Tags.Count) await cloud.At(place).Tags.SetAsync([id], tags, cancel);
        Check(place, wanted, image);
        return image;
    }

    private void Check(CloudPlace place, NewImage wanted, CloudImage image)
    {
        (string What, string Expected, string Found)[] all =
        [
            ("the name", wanted.Name, image.Name), ("the architecture", wanted.Architecture, image.Architecture), ("the boot mode", wanted.BootMode, image.BootMode),
            ("the TPM", wanted.Tpm ?? "", image.Tpm), ("the metadata service", wanted.Imds ?? "", image.Imds), ("the root device", wanted.RootDevice, image.RootDevice),
            ("the snapshot", wanted.Snapshot, image.Snapshots is [var snapshot, ..] ? snapshot : ""),
        ];
        var wrong = string.Join("; ", all.Where(one => one.Expected != one.Found).Select(one => $"{one.What} is `{one.Found}` instead of `{one.Expected}`"));
        if (wrong.Length == 0) return;
        if (cloud.IsEmulated) tell($"The server of AWS_ENDPOINT_URL does not keep all that it is told of {image.Id}: {wrong}.");
        else
            throw new ProblemException(ExitCode.Integrity, new Problem("IB8104", $"The image {image.Id} in {place} is not what was asked for.",
                wrong + ".", "Remove it (--target=Undo) and run the same command again."));
    }
}
