using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>CloudWatch Logs.</summary>
internal sealed class AmazonLogs(Lazy<AmazonAsker<ServiceClient>> logs) : ILogStreams
{
    public async Task<LogPage> ReadAsync(string group, string stream, string? from, CancellationToken cancel)
    {
        var body = new JsonObject { ["logGroupName"] = group, ["logStreamName"] = stream, ["startFromHead"] = true };
        if (from is not null) body["nextToken"] = from;
        var answer = await logs.Value.TryAsync($"read the log {group}/{stream}", "logs:GetLogEvents", ["ResourceNotFoundException"],
            c => c.CallAsync(new AwsCall("GetLogEvents") { Body = body }, cancel), cancel);
        return answer is null ? new LogPage([], from)
            : new LogPage([.. (answer.Json["events"]?.AsArray() ?? []).Select(e => e!["message"]!.GetValue<string>())], // the service's form
                answer.Json["nextForwardToken"]?.GetValue<string>() ?? from);
    }
}
