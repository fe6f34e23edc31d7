using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>CodeBuild.</summary>
internal sealed class AmazonBuilds(Lazy<AmazonAsker<ServiceClient>> builds) : IBuilds
{
    public async Task<string> StartAsync(NewBuild build, CancellationToken cancel)
    {
        // With the token a call whose answer was lost starts no second build.
        var body = new JsonObject { ["projectName"] = build.Project, ["idempotencyToken"] = Guid.NewGuid().ToString("N") };
        if (build.Version is { } version) body["sourceVersion"] = version;
        if (build.Variables.Count > 0)
            body["environmentVariablesOverride"] = new JsonArray(
                [.. build.Variables.Select(v => new JsonObject { ["name"] = v.Key, ["value"] = v.Value, ["type"] = "PLAINTEXT" })]);
        var answer = await builds.Value.AskAsync($"start a build of the project {build.Project}", "codebuild:StartBuild",
            c => c.CallAsync(new AwsCall("StartBuild") { Body = body.DeepClone() }, cancel), cancel);
        return answer.Json["build"]!["id"]!.GetValue<string>(); // the service's form
    }

    public async Task<CloudBuild?> GetAsync(string id, CancellationToken cancel)
    {
        var answer = await builds.Value.AskAsync($"look at the build {id}", "codebuild:BatchGetBuilds",
            c => c.CallAsync(new AwsCall("BatchGetBuilds") { Body = new JsonObject { ["ids"] = new JsonArray(id) } }, cancel), cancel);
        return answer.Json["builds"]?.AsArray() is not [JsonObject build, ..] ? null
            : new CloudBuild(id, Text(build, "buildStatus") ?? "IN_PROGRESS", Text(build, "currentPhase") ?? "", ReasonOf(build))
            {
                LogGroup = build["logs"] is JsonObject logs ? Text(logs, "groupName") : null,
                LogStream = build["logs"] is JsonObject stream ? Text(stream, "streamName") : null,
            };
    }

    public Task StopAsync(string id, CancellationToken cancel) => builds.Value.AskAsync($"stop the build {id}", "codebuild:StopBuild",
        c => c.CallAsync(new AwsCall("StopBuild") { Body = new JsonObject { ["id"] = id } }, cancel), cancel);

    private static string ReasonOf(JsonObject build) => string.Join('\n',
        from phase in build["phases"]?.AsArray().OfType<JsonObject>() ?? []
        where Text(phase, "phaseStatus") is not (null or "SUCCEEDED" or "IN_PROGRESS")
        from context in phase["contexts"]?.AsArray().OfType<JsonObject>().DefaultIfEmpty([]) ?? [[]]
        select $"{Text(phase, "phaseType")}: {Text(context, "message") ?? Text(phase, "phaseStatus")}");

    private static string? Text(JsonObject from, string name) => from[name]?.GetValue<string>();
}
