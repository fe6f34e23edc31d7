using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Running;

/// <summary>Runs commands in a machine of a cloud and follows them to their end.</summary>
public sealed class MachineCommand(ICloudRegion region, TimeProvider clock)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_cancel = TimeSpan.FromSeconds(20);

    // A machine that has gone answers nothing any more: it is looked at every so many looks at the command.
    private const int LooksPerMachine = 10;

    // Looks that find no more lines of a log, once the command has ended: they arrive a little later than the end.
    private const int QuietLooks = 4;

    /// <param name="output">Gets what the command writes as it comes, as far as the service hands it on: without a log group its first 24,000 characters.</param>
    public async Task<CommandState> RunAsync(NewCommand command, Action<string> output, CancellationToken cancel)
    {
        var id = await region.Commands.SendAsync(command, cancel);
        try
        {
            return command.LogGroup is { } group ? await FollowAsync(id, command, new LogOutput(region, group, Stream(id, command), output), cancel)
                : await FollowAsync(id, command, new StateOutput(output), cancel);
        }
        catch (OperationCanceledException)
        {
            using var limit = new CancellationTokenSource(s_cancel);
            await region.Commands.CancelAsync(id, command.Instance, limit.Token);
            throw;
        }
    }

    private async Task<CommandState> FollowAsync(string id, NewCommand command, Output output, CancellationToken cancel)
    {
        var pause = s_first;
        for (var looks = 1; ; looks++)
        {
            var state = await region.Commands.GetAsync(id, command.Instance, cancel);
            await output.TakeAsync(state, cancel);
            if (state is { Ended: true })
            {
                for (var quiet = 0; quiet < QuietLooks && output.IsLate;)
                {
                    await Task.Delay(s_longest, clock, cancel);
                    quiet = await output.TakeAsync(state, cancel) ? 0 : quiet + 1;
                }

                return state;
            }

            if (looks % LooksPerMachine == 0) await CheckAsync(command.Instance, cancel);
            await Task.Delay(pause, clock, cancel);
            if (pause < s_longest) pause *= 1.3;
        }
    }

    private async Task CheckAsync(string instance, CancellationToken cancel)
    {
        var found = await region.Compute.GetAsync(instance, cancel);
        if (found is { State: "pending" or "running" }) return;
        throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8308", $"The instance {instance} has gone while a command ran in it.",
            found is null ? "It is not there any more." : $"It is {found.State}. {found.Why}".Trim(),
            "Run the same command again; without `spot`, AWS does not end a machine by itself."));
    }

    private static string Stream(string id, NewCommand command) =>
        $"{id}/{command.Instance}/{(command.Shell == Shell.PowerShell ? "aws-runPowerShellScript" : "aws-runShellScript")}/stdout";

    private abstract class Output
    {
        /// <summary>More may come after the command's end.</summary>
        public virtual bool IsLate => false;

        /// <returns>True when there was something new.</returns>
        public abstract Task<bool> TakeAsync(CommandState? state, CancellationToken cancel);
    }

    private sealed class StateOutput(Action<string> output) : Output
    {
        private int _taken;

        public override Task<bool> TakeAsync(CommandState? state, CancellationToken cancel)
        {
            if (state is null || state.Output.Length <= _taken) return Task.FromResult(false);
            output(state.Output[_taken..]);
            _taken = state.Output.Length;
            return Task.FromResult(true);
        }
    }

    private sealed class LogOutput(ICloudRegion region, string group, string stream, Action<string> output) : Output
    {
        private string? _next;

        public override bool IsLate => true;

        public override async Task<bool> TakeAsync(CommandState? state, CancellationToken cancel)
        {
            var page = await region.Logs.ReadAsync(group, stream, _next, cancel);
            _next = page.Next;
            foreach (var line in page.Lines) output(line + "\n");
            return page.Lines.Count > 0;
        }
    }
}
