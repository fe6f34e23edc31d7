using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Aws;

/// <summary>A session in the instance that a build with <c>--on-error=keep</c> has left.</summary>
internal sealed class InstanceShell(AwsSite site)
{
    private const int Longest = 172_800;

    /// <returns>Exit code of the commands; of a session that is opened by hand 0.</returns>
    public async Task<int> RunAsync(ShellRequest request, CancellationToken cancel)
    {
        var kept = await site.Region.Compute.FindAsync(new Dictionary<string, string> { [CloudTags.Recipe] = site.Plan.Recipe, [CloudTags.State] = CloudTags.Kept }, cancel);
        var instance = kept.Where(i => i.State == "running").OrderByDescending(i => i.Started).ThenBy(i => i.Id, StringComparer.Ordinal).FirstOrDefault()
            ?? throw new ProblemException(ExitCode.Usage, new Problem("IB8316", $"No instance of `{site.Plan.Recipe}` runs in {site.Place}.",
                "Shell opens the one that a failed build has left.", $"Run ./build.sh --target=Customize --engine=aws --recipe={site.Plan.Recipe} --on-error=keep", site.At));
        if (request.Commands is { } commands) return await RunAsync(instance, commands, request, cancel);
        string[] session = ["aws", "ssm", "start-session", "--region", site.Place.Region, "--target", instance.Id];
        using var turn = await site.Run.Wishes.Dialogue.BeginAsync(
            [
                $"The instance {instance.Id} of {site.Plan.Recipe}, as the failed build left it.",
                $"Its session is opened by: {string.Join(' ', session.Select(ShellText.Quote))}",
            ], cancel);
        return 0;
    }

    private async Task<int> RunAsync(CloudInstance instance, string commands, ShellRequest request, CancellationToken cancel)
    {
        await using var writer = new StreamWriter(request.Output, leaveOpen: true);
        var state = await new MachineCommand(site.Region, site.Run.Clock).RunAsync(
            new NewCommand(instance.Id, site.Shell, commands.Split('\n'), Longest) { Comment = "Shell", LogGroup = site.Machine.LogGroup }, writer.Write, cancel);
        foreach (var line in state.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) request.Error(line);
        return state.Status == "Success" ? 0 : state.ExitCode > 0 ? state.ExitCode : 1;
    }
}
