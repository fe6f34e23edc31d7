using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using ImageBuilder.Clouds;
using ImageBuilder.Model;

namespace ImageBuilder.Aws;

/// <summary>Run Command of Systems Manager.</summary>
internal sealed class AmazonCommands(Lazy<AmazonAsker<AmazonSimpleSystemsManagementClient>> systems) : ICommands
{
    // The agent of a machine that has just been started is not registered yet.
    private const string NotRegistered = "InvalidInstanceId";

    private const int LongestSeconds = 172_800;
    private const int DeliverySeconds = 3600; // that a machine may take to fetch a command, e.g. while it restarts
    private const int LongestComment = 100;

    private AmazonAsker<AmazonSimpleSystemsManagementClient> Ssm => systems.Value;

    public async Task<bool> IsReachableAsync(string instance, CancellationToken cancel)
    {
        var answer = await Ssm.TryAsync($"ask whether {instance} can be reached", "ssm:DescribeInstanceInformation", [NotRegistered], c => c.DescribeInstanceInformationAsync(
            new DescribeInstanceInformationRequest { Filters = [new InstanceInformationStringFilter { Key = "InstanceIds", Values = [instance] }] }, cancel), cancel);
        return (answer?.InstanceInformationList ?? []).Exists(i => i.PingStatus == PingStatus.Online);
    }

    public async Task<string> SendAsync(NewCommand command, CancellationToken cancel)
    {
        // Sending knows no token: by its last line it is known what an attempt has sent whose answer got lost. To run a step twice is worse than to run it never.
        var mark = $"# imagebuilder: {Guid.NewGuid():N}";
        var request = new SendCommandRequest
        {
            InstanceIds = [command.Instance],
            DocumentName = command.Shell == Shell.PowerShell ? "AWS-RunPowerShellScript" : "AWS-RunShellScript",
            Comment = command.Comment.Length > LongestComment ? command.Comment[..LongestComment] : command.Comment,
            TimeoutSeconds = DeliverySeconds,
            Parameters = new Dictionary<string, List<string>>
            {
                ["commands"] = [.. command.Lines, mark],
                ["executionTimeout"] = [Math.Min(command.Seconds, LongestSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture)],
            },
        };
        if (command.LogGroup is { } group) request.CloudWatchOutputConfig = new CloudWatchOutputConfig { CloudWatchLogGroupName = group, CloudWatchOutputEnabled = true };
        var answer = await Ssm.AskAsync($"run a command on {command.Instance}", "ssm:SendCommand", c => c.SendCommandAsync(request, cancel), cancel,
            async () => await SentAsync(command.Instance, mark, cancel) is { } sent ? new SendCommandResponse { Command = sent } : null);
        return answer.Command.CommandId;
    }

    private async Task<Amazon.SimpleSystemsManagement.Model.Command?> SentAsync(string instance, string mark, CancellationToken cancel)
    {
        var all = await Ssm.AllAsync<Amazon.SimpleSystemsManagement.Model.Command>($"look for commands on {instance}", "ssm:ListCommands", async (c, next) =>
        {
            var answer = await c.ListCommandsAsync(new ListCommandsRequest { InstanceId = instance, NextToken = next }, cancel);
            return (answer.Commands, answer.NextToken);
        }, cancel);
        return all.FirstOrDefault(c => c.Parameters?.GetValueOrDefault("commands")?.LastOrDefault() == mark);
    }

    public async Task<CommandState?> GetAsync(string id, string instance, CancellationToken cancel)
    {
        var answer = await Ssm.TryAsync($"look at a command on {instance}", "ssm:GetCommandInvocation", ["InvocationDoesNotExist"],
            c => c.GetCommandInvocationAsync(new GetCommandInvocationRequest { CommandId = id, InstanceId = instance }, cancel), cancel);
        return answer is null ? null
            : new CommandState(answer.Status?.Value ?? "", answer.ResponseCode ?? -1, answer.StandardOutputContent ?? "", answer.StandardErrorContent ?? "");
    }

    public Task CancelAsync(string id, string instance, CancellationToken cancel) => Ssm.TryAsync($"cancel a command on {instance}", "ssm:CancelCommand",
        ["InvalidCommandId", NotRegistered], c => c.CancelCommandAsync(new CancelCommandRequest { CommandId = id, InstanceIds = [instance] }, cancel), cancel);
}
