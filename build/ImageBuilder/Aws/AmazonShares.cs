using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Resource Access Manager.</summary>
internal sealed class AmazonShares(Lazy<AmazonAsker<ServiceClient>> shares) : IShares
{
    private AmazonAsker<ServiceClient> Ram => shares.Value;

    public Task<IReadOnlyList<CloudShare>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => Ram.AllAsync<CloudShare>(
        "look for resource shares", "ram:GetResourceShares", async (c, next) =>
        {
            var body = new JsonObject
            {
                ["resourceOwner"] = "SELF",
                ["tagFilters"] = new JsonArray([.. tags.Select(t => new JsonObject { ["tagKey"] = t.Key, ["tagValues"] = new JsonArray(t.Value) })]),
            };
            if (next is not null) body["nextToken"] = next;
            var answer = (await c.CallAsync(new AwsCall("GetResourceShares") { Path = "/getresourceshares", Body = body }, cancel)).Json;
            return (answer["resourceShares"]?.AsArray().Select(Of), answer["nextToken"]?.GetValue<string>());
        }, cancel);

    public async Task<string> CreateAsync(NewShare share, string token, CancellationToken cancel)
    {
        var body = new JsonObject
        {
            ["name"] = share.Name,
            ["resourceArns"] = List(share.Resources),
            ["principals"] = List(share.Principals),
            ["allowExternalPrincipals"] = share.Outside,
            ["clientToken"] = token,
            ["tags"] = new JsonArray([.. share.Tags.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value })]),
        };
        var answer = await Ram.AskAsync($"make the resource share {share.Name}", "ram:CreateResourceShare",
            c => c.CallAsync(new AwsCall("CreateResourceShare") { Path = "/createresourceshare", Body = body }, cancel), cancel);
        return Of(answer.Json["resourceShare"]).Arn;
    }

    public Task DeleteAsync(string arn, CancellationToken cancel) => Ram.TryAsync($"delete the resource share {arn}", "ram:DeleteResourceShare", ["UnknownResourceException"],
        c => c.CallAsync(new AwsCall("DeleteResourceShare")
        {
            Method = "DELETE",
            Path = "/deleteresourceshare",
            Values = new Dictionary<string, string> { ["resourceShareArn"] = arn },
        }, cancel), cancel);

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static CloudShare Of(JsonNode? share) => new(Text(share, "resourceShareArn"), Text(share, "name"), Text(share, "status"),
        (share?["tags"]?.AsArray() ?? []).ToDictionary(t => Text(t, "key"), t => Text(t, "value")));

    private static string Text(JsonNode? node, string name) => node?[name]?.GetValue<string>() ?? "";
}
