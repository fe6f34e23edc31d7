using Cake.Frosting;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Running;

namespace Build.Housekeeping;

[TaskName("RunCommand"), TaskDescription("Run commands (--command=, or what is piped in) in an instance (--instance=) by Systems Manager")]
public sealed class RunCommandTask : TargetTask
{
    private const int Longest = 172_800;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        if (options.Cloud.Instance is not { } id || (options.Cloud.Commands is null && session.Ports.InputIsTerminal)) throw new ProblemException(ExitCode.Usage,
            new Problem("IB8318", "RunCommand needs an instance and what to run there.", "--instance= names it, --command= says what, or it is piped in.",
            "Write `./build.sh --target=RunCommand --instance=i-0123456789abcdef0 --command='uname -a'`."));
        var region = session.CloudRegion;
        var instance = await region.Compute.GetAsync(id, cancel);
        if (instance is not { State: "running" }) throw new ProblemException(ExitCode.Usage, new Problem("IB8319", $"The instance {id} does not run in {region.Place}.",
            instance is null ? "Region and account have none of that id." : $"It is {instance.State}.", "Write its region with --region=, or start it."));
        session.Quiet = true;
        var commands = options.Cloud.Commands ?? await session.Ports.Input.ReadToEndAsync(cancel);
        await using var output = new StreamWriter(session.Ports.Output, leaveOpen: true) { AutoFlush = true };
        var state = await new MachineCommand(region, session.Ports.Clock).RunAsync(
            new NewCommand(id, Shells.Of(instance.Platform == "windows" ? "Windows" : "Linux"), commands.Split('\n'), Longest) { Comment = Name }, output.Write, cancel);
        foreach (var line in state.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) session.Ports.Terminal.Error.WriteLine(line);
        session.Answer = state.Status == "Success" ? 0 : state.ExitCode > 0 ? state.ExitCode : 1;
    }
}
