using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>One thing that is taken back.</summary>
/// <param name="What">For people.</param>
/// <param name="Stays">Why it is left as it is; null: it is taken back.</param>
public sealed record UndoStep(string Kind, string Region, string What, string? Stays, Func<CancellationToken, Task> TakeBackAsync)
{
    /// <summary>It is left because somebody uses it; else what is left is no more what was distributed.</summary>
    public bool IsUsed { get; init; }
}

/// <summary>Takes a promotion and a distribution back: only what still is as they left it, and nothing that somebody uses.</summary>
public sealed class Undoing(BuildRun run)
{
    /// <summary>What would be done, in order. Changes nothing.</summary>
    public async Task<IReadOnlyList<UndoStep>> PlanAsync(Distributed? distributed, Promoted? promoted, CancellationToken cancel)
    {
        var steps = new List<UndoStep>();
        promoted = promoted is null ? null : promoted with { Promotions = await WithVersionsAsync(promoted.Promotions, cancel) };
        foreach (var promotion in promoted?.Promotions ?? [])
            steps.Add(promotion.Kind == Promoter.Parameter ? await ParameterAsync(promotion, cancel) : await TemplateAsync(promotion, cancel));
        foreach (var target in Delivered(distributed).Where(t => t.Image is not null)) steps.Add(await ImageAsync(target, promoted, cancel));
        foreach (var target in Delivered(distributed).Where(t => t.Image is null))
            foreach (var file in target.Files)
                steps.Add(target.Kind == "s3" ? await ObjectAsync(target, file, cancel) : await FileAsync(file, cancel));
        return steps;
    }

    private static IEnumerable<TargetDone> Delivered(Distributed? distributed) => [.. distributed?.Targets ?? [], .. distributed?.Former ?? []];

    // Those that were begun. A run that was killed may have made a version and not written down its number.
    private async Task<IReadOnlyList<Promotion>> WithVersionsAsync(IEnumerable<Promotion> promotions, CancellationToken cancel)
    {
        var all = new List<Promotion>();
        foreach (var promotion in promotions.Where(p => p.Began))
        {
            var templates = At(promotion.Region, promotion.Role).Templates;
            if (promotion.Now.Length > 0) all.Add(promotion);
            else if (await templates.GetAsync(promotion.Name, cancel) is { } template
                && await Promoter.VersionOfAsync(templates, template, promotion, cancel) is { } version) all.Add(promotion with { Now = version });
        }

        return all;
    }

    private async Task<UndoStep> ParameterAsync(Promotion promotion, CancellationToken cancel)
    {
        var store = At(promotion.Region, promotion.Role).Parameters;
        var now = (await store.FindAsync(promotion.Name, reveal: false, cancel))?.Value;
        var what = promotion.Before is null ? $"{promotion.Name} is removed" : $"{promotion.Name} is {promotion.Before} again";
        return new UndoStep(promotion.Kind, promotion.Region, what,
            now != promotion.Now ? $"it is {now ?? "gone"} by now" : promotion.Before == now ? "it led there before, as far as is known" : null,
            stop => promotion.Before is { } before ? store.PutAsync(promotion.Name, before, "aws:ec2:image", stop) : store.DeleteAsync(promotion.Name, stop));
    }

    private async Task<UndoStep> TemplateAsync(Promotion promotion, CancellationToken cancel)
    {
        var templates = At(promotion.Region, promotion.Role).Templates;
        var template = await templates.GetAsync(promotion.Name, cancel);
        var now = Number(promotion.Now);
        var image = template is null ? null : await templates.ImageOfAsync(template.Id, now, cancel);
        return new UndoStep(promotion.Kind, promotion.Region, $"version {promotion.Now} of {template?.Name ?? promotion.Name} is removed, {promotion.Before} is the default again",
            image != promotion.Image ? "that version is gone, or has another image by now"
                : promotion.Before is null ? "it was the default before, as far as is known" : null, async stop =>
            {
                if (template!.DefaultVersion == now && promotion.Before is { } before) await templates.SetDefaultAsync(template.Id, Number(before), stop); // it has an image
                await templates.DeleteVersionAsync(template.Id, now, stop);
            });
    }

    private async Task<UndoStep> ImageAsync(TargetDone target, Promoted? promoted, CancellationToken cancel)
    {
        var region = At(target.Region, target.Role);
        var image = target.Image!; // only images come here
        var ours = (promoted?.Promotions ?? []).Where(p => p.Region == target.Region && p.Role == target.Role && p.Image == image
            && p.Before != p.Now).ToList();
        var there = await region.Images.GetAsync(image, cancel) is not null;
        var left = target.Snapshot is null ? null : await region.Snapshots.GetAsync(target.Snapshot, cancel);
        var found = there ? await ImageUse.FindAsync(region, image, besides: [], cancel) : [];
        var users = new List<string>();
        foreach (var user in found)
        {
            if (ours.Any(p => user == $"parameter {p.Name}") || target.Granted.Contains(user)) continue;
            if (user.StartsWith("launch template ", StringComparison.Ordinal) && await IsOursAsync(region, user["launch template ".Length..], ours, image, cancel)) continue;
            users.Add(user);
        }

        return new UndoStep("image", target.Region, $"{image} ({target.What}) and its snapshot are removed",
            users.Count > 0 ? $"used by {string.Join(", ", users)}" : there || left is not null ? null : "they are gone",
            async stop =>
            {
                await Removal.RemoveAsync(region, ResourceKind.Image, image, stop);
                // Another image of the same content may have it too.
                if (target.Snapshot is { } snapshot && !await IsSharedAsync(region, snapshot, stop)) await Removal.RemoveAsync(region, ResourceKind.Snapshot, snapshot, stop);
            })
        { IsUsed = users.Count > 0 };
    }

    private static async Task<bool> IsSharedAsync(ICloudRegion region, string snapshot, CancellationToken cancel) =>
        (await region.Images.FindAsync(new ImageQuery { Owners = ["self"] }, cancel)).Any(i => i.Snapshots.Contains(snapshot));

    // A template of ours whose only version with the image is the one that is taken back.
    private static async Task<bool> IsOursAsync(ICloudRegion region, string name, List<Promotion> ours, string image, CancellationToken cancel)
    {
        if (await region.Templates.GetAsync(name, cancel) is not { } template
            || ours.FirstOrDefault(p => p.Kind == Promoter.Template && p.Name == template.Id) is not { } promotion) return false;
        for (var version = 1L; version <= template.LatestVersion; version++)
            if (version != Number(promotion.Now) && await region.Templates.ImageOfAsync(template.Id, version, cancel) == image) return false;
        return true;
    }

    private async Task<UndoStep> ObjectAsync(TargetDone target, FileDone file, CancellationToken cancel)
    {
        var store = At(target.Region, target.Role).Objects;
        var address = ObjectAddress.TryParse(file.Path)!; // as the record was written
        var now = await store.FindAsync(address, target.Owner, cancel);
        return new UndoStep(target.Kind, target.Region, $"{file.Path} is removed", now?.Tag == file.Tag ? null : now is null ? "it is gone" : "it is another by now",
            stop => store.DeleteAsync(address, target.Owner, stop));
    }

    private static async Task<UndoStep> FileAsync(FileDone file, CancellationToken cancel)
    {
        var stays = !File.Exists(file.Path) ? "it is gone" : await FileDigest.OfAsync(file.Path, _ => { }, cancel) == file.Sha256 ? null : "it is another by now";
        return new UndoStep("folder", "", $"{file.Path} is removed", stays, _ =>
        {
            File.Delete(file.Path);
            return Task.CompletedTask;
        });
    }

    private ICloudRegion At(string region, string? role) => run.Cloud.At(new CloudPlace(region, role));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
