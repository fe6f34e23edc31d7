using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Aws;

/// <summary>Runs a plan's build and validate steps on an instance, cleans it, and makes an image of it.</summary>
internal sealed class InstanceCustomization(AwsSite site)
{
    private const string Stage = "Customize";
    private const int LongestName = 128;

    private readonly BuildRun _run = site.Run;

    public async Task<Customized> RunAsync(Based parent, CancellationToken cancel)
    {
        if (!_run.Wishes.NoCache && await FindAsync(parent, cancel) is { } found)
        {
            using var runner = RunnerOf(site, Stage);
            foreach (var step in Steps) runner.Reuse(step, StepStatus.Success, 0, []);
            return Result(parent, found, [.. Steps.Select(s => new StepDone(s.Id, StepStatus.Success, Reused: true, 0, 0, ""))]) with { Reused = true };
        }

        await using var cleanup = new Cleanup(site);
        var image = await site.Region.Images.GetAsync(parent.Layer, cancel) ?? throw AwsEngine.Gone(site, parent.Layer);
        var instance = await BuildInstance.StartAsync(site, image, Stage, "build", forBuild: true, cancel);
        var done = await BuildAsync(instance, parent, cancel);
        if (site.Plan.Platform == "Windows") await instance.UntilAsync(state => state == "stopped", cancel); // generalizing ends with that
        else if (!site.Machine.Spot) await instance.StopAsync(cancel);
        var made = await CaptureAsync(instance, parent, cancel);
        await site.Journal.KeepAsync(site.Place, ResourceKind.Image, made, cancel);
        return Result(parent, made, done);
    }

    /// <summary>Where the steps of a stage are told of and logged.</summary>
    public static StepRunner RunnerOf(AwsSite site, string stage)
    {
        var logs = Path.Combine(site.Run.Folder, "logs", stage == Stage ? "" : "instance");
        return new StepRunner(stage, logs, site.Run.Report, site.Run.Clock)
        {
            Listener = ToeLogs.Anew(site.Run, logs),
            Objects = site.Region.Objects,
            Parameters = site.Region.Parameters,
        };
    }

    private IEnumerable<PlannedStep> Steps => site.Plan.Build.Concat(site.Plan.Validate);

    private async Task<string?> FindAsync(Based parent, CancellationToken cancel) =>
        (await site.Region.Images.FindAsync(new ImageQuery { Owners = ["self"], Tags = ImageTags.Finished(site.Plan, parent.Layer) }, cancel))
            .Where(i => i.State == "available").OrderByDescending(i => i.Created).ThenBy(i => i.Id, StringComparer.Ordinal).FirstOrDefault()?.Id;

    private async Task<IReadOnlyList<StepDone>> BuildAsync(BuildInstance instance, Based parent, CancellationToken cancel)
    {
        using var runner = RunnerOf(site, Stage);
        await using var session = new InstanceSession(site, instance.Id, Stage, parent.Epoch);
        var (book, outcomes) = (new OutputBook(), new List<StepOutcome>());
        await RunAsync(site.Plan.Build);
        await RunAsync(site.Plan.Validate);
        session.Last = true;
        await RunAsync([Sanitizing.Of(site.Plan)]);
        return [.. outcomes.Select(o => Customization.Done(_run, o))];

        async Task RunAsync(IReadOnlyList<PlannedStep> steps)
        {
            foreach (var step in steps)
            {
                outcomes.Add(await runner.RunAsync(session, step, outcomes.Count + 1, book, cancel));
                if (outcomes[^1].Failed && step.OnFailure == OnFailure.Abort) break;
            }

            if (!outcomes.Exists(o => o.Failed)) return;
            if (_run.Wishes.OnError != OnError.Clean) await KeepAsync(instance, cancel);
            throw Customization.Failure(outcomes.Where(o => o.Failed));
        }
    }

    // Nothing sweeps it away from now on: whoever asked for it ends it.
    private async Task KeepAsync(BuildInstance instance, CancellationToken cancel)
    {
        foreach (var entry in site.Journal.Open.Where(e => e.Id is not null && e.Kind is ResourceKind.Instance or ResourceKind.SecurityGroup))
            await site.Journal.KeepAsync(entry.Place, entry.Kind, entry.Id!, cancel); // those without are left out
        _run.Report.Write(new Noted($"The instance {instance.Id} stays as the step left it: ./build.sh --target=Shell --engine=aws --recipe={site.Plan.Recipe}"));
        _run.Report.Write(new Noted($"It costs money until it ends: aws ec2 terminate-instances --region {site.Place.Region} --instance-ids {instance.Id}"));
    }

    private async Task<string> CaptureAsync(BuildInstance instance, Based parent, CancellationToken cancel)
    {
        var images = site.Region.Images;
        var name = $"{site.Plan.Recipe} {site.Plan.Version} {site.Journal.Run}";
        var made = await site.Journal.MakeAsync(site.Place, ResourceKind.Image, "image of the build instance", Stage, making =>
        {
            var tags = new Dictionary<string, string>(making.Tags) { ["Name"] = $"{site.Plan.Recipe} {site.Plan.Version}" };
            foreach (var (tag, value) in ImageTags.Finished(site.Plan, parent.Layer).Where(t => t.Key != CloudTags.State)) tags[tag] = value;
            return images.CaptureAsync(instance.Id, new NewCapture(name[^Math.Min(LongestName, name.Length)..], site.Plan.Description, tags), cancel);
        }, cancel);
        var image = await CloudWait.UntilAsync(_run.Clock, () => images.GetAsync(made, cancel), i => i.State is not ("pending" or "transient"),
            i => _run.Report.Write(new Progress(Stage, "image", $"{made} is {i.State}")), cancel);
        return image.State == "available" ? made : throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8314",
            $"No image could be made of the instance {instance.Id}.", $"{made} is {image.State}. {image.Why}".Trim(), "Run the same command again.", site.At));
    }

    private Customized Result(Based parent, string image, IReadOnlyList<StepDone> steps) =>
        new(site.Plan.Stages.Customize, site.Plan.Stages.Customize, parent.Epoch, steps, []) { Layer = image };
}
