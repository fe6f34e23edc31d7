using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>The stage Promote: parameters and launch templates lead to the new image, once it is everywhere.</summary>
/// <param name="before">What an earlier run did for the same image; null: nothing.</param>
/// <param name="keep">Writes the record: before each name is changed, so that what it led to is never forgotten.</param>
public sealed class Promoter(BuildRun run, Distributed distributed, Promoted? before, Func<Promoted, Task> keep)
{
    private const string Stage = "Promote";

    internal const string Parameter = "parameter";
    internal const string Template = "template";

    private const string ImageType = "aws:ec2:image";
    private const string Unfinished = "The run ended before.";

    private readonly IReadOnlyList<Promotion> _known = before?.DiskSha256 == distributed.DiskSha256 ? before.Promotions : [];
    private readonly List<Promotion> _done = [];
    private Promotion? _begun;

    /// <summary>Promotes. What had already been promoted keeps what it says of before.</summary>
    public async Task<Promoted> RunAsync(CancellationToken cancel)
    {
        if (distributed.Targets.Where(t => !t.IsDone).ToList() is { Count: > 0 } missing) throw new ProblemException(ExitCode.DistributionPartial,
            new Problem("IB8211", $"`{run.Plan.Recipe}` is not promoted: it is not everywhere yet.",
            string.Join('\n', missing.Select(t => $"{t.Kind} {t.Region} {t.What}: {t.Why}")),
            $"Run ./build.sh --target=Distribute --recipe={run.Plan.Recipe}", new Place(run.Plan.RecipeFile)));
        foreach (var (item, ami) in run.Plan.Distribution.Amis.Index())
        {
            foreach (var region in ami.Regions)
            {
                var place = new CloudPlace(region, ami.Role);
                if (distributed.Targets.FirstOrDefault(t => t.Kind == "ami" && t.Item == item && t.Region == region)?.Image is not { } image) continue;
                foreach (var name in ami.Parameters)
                    await TryAsync(new Promotion(Parameter, name, region, ami.Role, image, null, image), wanted => ParameterAsync(place, wanted, cancel), cancel);
                foreach (var template in ami.Templates)
                    await TryAsync(new Promotion(Template, template.Id, region, ami.Role, image, null, ""), wanted => TemplateAsync(place, template, wanted, cancel), cancel);
            }
        }

        return Record();
    }

    private Promoted Record(params IEnumerable<Promotion> begun) => new(distributed.Plan, distributed.DiskSha256,
        [.. _done, .. begun, .. _known.Where(k => !_done.Concat(begun).Any(d => IsSame(d, k)))]);

    // What one of them fails with must not lose what the others had replaced.
    private async Task TryAsync(Promotion wanted, Func<Promotion, Task<Promotion>> promote, CancellationToken cancel)
    {
        _begun = null;
        try
        {
            _done.Add(await promote(wanted));
        }
        catch (ProblemException e) when (!cancel.IsCancellationRequested)
        {
            _done.Add((_begun ?? Known(wanted) ?? wanted) with { Why = $"{e.Problems[0].Code}: {e.Problems[0].What} {e.Problems[0].Why}" });
        }

        await keep(Record());
    }

    private Task BeginAsync(Promotion begun)
    {
        _begun = begun;
        return keep(Record(begun with { Why = Unfinished }));
    }

    private async Task<Promotion> ParameterAsync(CloudPlace place, Promotion wanted, CancellationToken cancel)
    {
        var (store, image) = (run.Cloud.At(place).Parameters, wanted.Image);
        var now = (await store.FindAsync(wanted.Name, reveal: false, cancel))?.Value;
        var last = Known(wanted);
        if (now == image) return wanted with { Before = last is null ? now : last.Before, Began = true };
        await BeginAsync(wanted with { Before = now, Began = true });
        await store.PutAsync(wanted.Name, image, ImageType, cancel);
        await CloudWait.UntilAsync(run.Clock, () => store.FindAsync(wanted.Name, reveal: false, cancel), p => p.Value == image, changed: null, cancel);
        return wanted with { Before = now, Began = true };
    }

    private async Task<Promotion> TemplateAsync(CloudPlace place, TemplateTarget target, Promotion wanted, CancellationToken cancel)
    {
        var (templates, image) = (run.Cloud.At(place).Templates, wanted.Image);
        var template = await templates.GetAsync(target.Id, cancel) ?? throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8212",
            $"There is no launch template `{target.Id}` in {place}.", "The recipe names it under `launchTemplates`.", "Make it, or correct its name.",
            new Place(run.Plan.RecipeFile)));
        wanted = wanted with { Name = template.Id };
        if (Known(wanted) is { } last && await VersionOfAsync(templates, template, last, cancel) is { } there)
        {
            if (target.SetDefault && template.DefaultVersion != Number(there)) await templates.SetDefaultAsync(template.Id, Number(there), cancel);
            return last with { Now = there, Why = null };
        }

        // Without a record: another machine may have promoted it.
        if (Known(wanted) is null && await templates.ImageOfAsync(template.Id, template.LatestVersion, cancel) == image)
        {
            var (latest, isDefault) = (template.LatestVersion, template.DefaultVersion == template.LatestVersion);
            if (target.SetDefault && !isDefault) await templates.SetDefaultAsync(template.Id, latest, cancel);
            return wanted with { Now = Text(latest), Before = isDefault ? null : Text(template.DefaultVersion), Began = true };
        }

        var begun = wanted with { Before = Text(template.DefaultVersion), Began = true };
        await BeginAsync(begun);
        var id = await run.Journal.MakeAsync(place, ResourceKind.TemplateVersion, $"version of {template.Id} with {image}", Stage, async making =>
            $"{template.Id}/{await templates.AddVersionAsync(template.Id, image, $"{run.Plan.Recipe} {run.Plan.Version}", making.Token, cancel)}", cancel);
        var version = id.Split('/')[1]; // as made above
        if (await templates.ImageOfAsync(template.Id, Number(version), cancel) != image) throw new ProblemException(ExitCode.Integrity, new Problem("IB8213",
            $"Version {version} of the launch template {template.Name} in {place} does not have the image {image}.", "It was read back.", "Run the same command again."));
        if (target.SetDefault) await templates.SetDefaultAsync(template.Id, Number(version), cancel);
        await run.Journal.KeepAsync(place, ResourceKind.TemplateVersion, id, cancel);
        return begun with { Now = version };
    }

    // The version that an earlier run has made, also when it could not write down its number.
    internal static async Task<string?> VersionOfAsync(ILaunchTemplates templates, LaunchTemplate template, Promotion last, CancellationToken cancel)
    {
        if (last.Now.Length > 0) return await templates.ImageOfAsync(template.Id, Number(last.Now), cancel) == last.Image ? last.Now : null;
        for (var version = template.LatestVersion; last.Before is { } old && version > Number(old); version--)
            if (await templates.ImageOfAsync(template.Id, version, cancel) == last.Image) return Text(version);
        return null;
    }

    private Promotion? Known(Promotion wanted) => _known.FirstOrDefault(k => k.Began && IsSame(k, wanted));

    private static bool IsSame(Promotion one, Promotion other) =>
        (one.Kind, one.Name, one.Region, one.Role, one.Image) == (other.Kind, other.Name, other.Region, other.Role, other.Image);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
