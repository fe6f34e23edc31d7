using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>The stage Promote: parameters and launch templates lead to the new image, once it is everywhere.</summary>
public static class Promoter
{
    private const string Stage = "Promote";

    internal const string Parameter = "parameter";
    internal const string Template = "template";

    private const string ImageType = "aws:ec2:image";

    /// <summary>Promotes. What had already been promoted keeps what it says of before.</summary>
    /// <param name="before">What an earlier run did for the same image; null: nothing.</param>
    public static async Task<Promoted> PromoteAsync(BuildRun run, Distributed distributed, Promoted? before, CancellationToken cancel)
    {
        if (distributed.Targets.Where(t => !t.IsDone).ToList() is { Count: > 0 } missing) throw new ProblemException(ExitCode.DistributionPartial,
            new Problem("IB8211", $"`{run.Plan.Recipe}` is not promoted: it is not everywhere yet.",
            string.Join('\n', missing.Select(t => $"{t.Kind} {t.Region} {t.What}: {t.Why}")),
            $"Run ./build.sh --target=Distribute --recipe={run.Plan.Recipe}", new Place(run.Plan.RecipeFile)));
        var known = before?.DiskSha256 == distributed.DiskSha256 ? before.Promotions : [];
        var done = new List<Promotion>();
        foreach (var (item, ami) in run.Plan.Distribution.Amis.Index())
        {
            foreach (var region in ami.Regions)
            {
                var place = new CloudPlace(region, ami.Role);
                if (distributed.Targets.FirstOrDefault(t => t.Kind == "ami" && t.Item == item && t.Region == region)?.Image is not { } image) continue;
                foreach (var name in ami.Parameters)
                    done.Add(await TryAsync(new Promotion(Parameter, name, region, ami.Role, image, null, image),
                        () => ParameterAsync(run, place, name, image, known, cancel), cancel));
                foreach (var template in ami.Templates)
                    done.Add(await TryAsync(new Promotion(Template, template.Id, region, ami.Role, image, null, ""),
                        () => TemplateAsync(run, place, template, image, known, cancel), cancel));
            }
        }

        return new Promoted(distributed.Plan, distributed.DiskSha256, done);
    }

    // What one of them fails with must not lose what the others had replaced.
    private static async Task<Promotion> TryAsync(Promotion wanted, Func<Task<Promotion>> promote, CancellationToken cancel)
    {
        try
        {
            return await promote();
        }
        catch (ProblemException e) when (!cancel.IsCancellationRequested)
        {
            return wanted with { Why = $"{e.Problems[0].Code}: {e.Problems[0].What} {e.Problems[0].Why}" };
        }
    }

    private static async Task<Promotion> ParameterAsync(
        BuildRun run, CloudPlace place, string name, string image, IReadOnlyList<Promotion> known, CancellationToken cancel)
    {
        var store = run.Cloud.At(place).Parameters;
        var now = (await store.FindAsync(name, reveal: false, cancel))?.Value;
        if (now != image)
        {
            await store.PutAsync(name, image, ImageType, cancel);
            await CloudWait.UntilAsync(run.Clock, () => store.FindAsync(name, reveal: false, cancel), p => p.Value == image, changed: null, cancel);
        }

        var last = known.FirstOrDefault(p => p.Kind == Parameter && p.Why is null && p.Name == name && p.Region == place.Region && p.Role == place.Role);
        return new Promotion(Parameter, name, place.Region, place.Role, image, now == image ? last is null ? now : last.Before : now, image);
    }

    private static async Task<Promotion> TemplateAsync(
        BuildRun run, CloudPlace place, TemplateTarget target, string image, IReadOnlyList<Promotion> known, CancellationToken cancel)
    {
        var templates = run.Cloud.At(place).Templates;
        var template = await templates.GetAsync(target.Id, cancel) ?? throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8212",
            $"There is no launch template `{target.Id}` in {place}.", "The recipe names it under `launchTemplates`.", "Make it, or correct its name.",
            new Place(run.Plan.RecipeFile)));
        var last = known.FirstOrDefault(p => p.Kind == Template && p.Why is null && p.Name == template.Id && p.Region == place.Region && p.Role == place.Role && p.Image == image);
        if (last is not null && await templates.ImageOfAsync(template.Id, Number(last.Now), cancel) == image)
        {
            if (target.SetDefault && template.DefaultVersion != Number(last.Now)) await templates.SetDefaultAsync(template.Id, Number(last.Now), cancel);
            return last;
        }

        var id = await run.Journal.MakeAsync(place, ResourceKind.TemplateVersion, $"version of {template.Id} with {image}", Stage, async making =>
            $"{template.Id}/{await templates.AddVersionAsync(template.Id, image, $"{run.Plan.Recipe} {run.Plan.Version}", making.Token, cancel)}", cancel);
        var version = id.Split('/')[1]; // as made above
        if (await templates.ImageOfAsync(template.Id, Number(version), cancel) != image) throw new ProblemException(ExitCode.Integrity, new Problem("IB8213",
            $"Version {version} of the launch template {template.Name} in {place} does not have the image {image}.", "It was read back.", "Run the same command again."));
        if (target.SetDefault) await templates.SetDefaultAsync(template.Id, Number(version), cancel);
        await run.Journal.KeepAsync(place, ResourceKind.TemplateVersion, id, cancel);
        return new Promotion(Template, template.Id, place.Region, place.Role, image, template.DefaultVersion.ToString(CultureInfo.InvariantCulture), version);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
