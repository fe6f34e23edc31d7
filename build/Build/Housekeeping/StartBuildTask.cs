using Cake.Frosting;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace Build.Housekeeping;

[TaskName("StartBuild"), TaskDescription("Start a build of a project of CodeBuild (--project=) and show its log until it ends; --build= goes on with one")]
public sealed class StartBuildTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options.Cloud;
        var cloud = session.Clouds.Cloud;
        var region = cloud.At(new CloudPlace((options.Regions is [.., var given] ? given : cloud.HomeRegion) ?? "us-east-1"));
        Check(options);
        if (options.Build is { } known && await region.Builds.GetAsync(known, cancel) is null)
            throw new ProblemException(ExitCode.Usage, new Problem("IB8512", $"There is no build `{known}` in {region.Place}.",
                "CodeBuild does not know it: builds of another account or region are not seen, nor those of more than a year ago.",
                "Correct the id, which StartBuild has shown, or choose the region with --region=."));
        if (options.Stop) await region.Builds.StopAsync(options.Build!, cancel); // checked
        var id = options.Build ?? await StartAsync(session, region, cancel);
        var again = $"./build.sh --target={Name} --build={ShellText.Quote(id)}{string.Concat(session.Options.Line.Repeat(CloudSwitches.Region).Select(r => $" {r}"))}";
        session.WhenStopped = $"The build {id} goes on without being followed. Follow it with {again}, end it with {again} --stop";
        var build = await FollowAsync(session, region, id, cancel);
        if (options.Stop) session.Close($"The build {id} has ended: {build.Status}.");
        else if (build.Succeeded) session.Close($"The build {id} has succeeded.");
        else
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8510", $"The build {id} has ended with {build.Status} in the phase {build.Phase}.",
                build.Reason.Length > 0 ? build.Reason : "CodeBuild says nothing more.", "Read its log above, mend what it says and start it again."));
    }

    private static void Check(CloudOptions options)
    {
        if (options.Build is null == options.Project is null || (options.Stop && options.Build is null))
            throw new ProblemException(ExitCode.Usage, new Problem("IB8511", "StartBuild needs a project to build, or a build to follow.",
                "One of --project= and --build= says which; --stop ends the one of --build=.",
                "Write `./build.sh --target=StartBuild --project=NAME`, with the output Project of the stack of .ci/pipeline.yml."));
    }

    private static async Task<string> StartAsync(Session session, ICloudRegion region, CancellationToken cancel)
    {
        var variables = session.Options.Recipes.Count == 0 ? new Dictionary<string, string>()
            : new Dictionary<string, string> { ["RECIPES"] = string.Join(' ', SelectedIn(session.Options)) };
        var id = await region.Builds.StartAsync(
            new NewBuild(session.Options.Cloud.Project!, variables, session.Options.Cloud.SourceVersion), cancel); // checked
        session.Console.Line($"Started the build {id} in {region.Place}.");
        return id;
    }

    // One machine builds them all, so what they start from comes first.
    private static IEnumerable<string> SelectedIn(Options options)
    {
        var problems = new ProblemBag();
        var selected = new ImageBuilder.Reading.Repository(options.Repository).Match(options.Recipes, problems);
        problems.ThrowIfErrors();
        var recipes = CiFiles.RecipesOf(options);
        var wanted = recipes.Where(r => selected.Contains(r.Name)).SelectMany(r => r.Parents.Append(r.Name)).ToHashSet();
        return recipes.Select(r => r.Name).Where(wanted.Contains);
    }

    private static async Task<CloudBuild> FollowAsync(Session session, ICloudRegion region, string id, CancellationToken cancel)
    {
        var phase = "";
        string? next = null;
        var build = await CloudWait.UntilAsync(session.Ports.Clock, LookAsync, b => b.Ended, null, cancel);
        await ShowLogAsync(build);
        return build;

        async Task<CloudBuild?> LookAsync()
        {
            if (await region.Builds.GetAsync(id, cancel) is not { } now) return null;
            await ShowLogAsync(now);
            if (now.Phase != phase && now.Phase.Length > 0) session.Console.Line($"[{phase = now.Phase}]");
            return now;
        }

        async Task ShowLogAsync(CloudBuild of)
        {
            if (of.LogGroup is not { } group || of.LogStream is not { } stream) return;
            LogPage page;
            do
            {
                page = await region.Logs.ReadAsync(group, stream, next, cancel);
                next = page.Next;
                foreach (var line in page.Lines) session.Console.Line(line.TrimEnd('\n', '\r'));
            }
            while (page.Lines.Count > 0);
        }
    }
}
