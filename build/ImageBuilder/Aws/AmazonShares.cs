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

    public async Task<IReadOnlyList<ShareMember>> MembersAsync(string arn, CancellationToken cancel)
    {
        var all = new List<ShareMember>();
        foreach (var type in (string[])["RESOURCE", "PRINCIPAL"])
            all.AddRange(await Ram.AllAsync<ShareMember>($"look into {arn}", "ram:GetResourceShareAssociations", async (c, next) =>
            {
                var body = new JsonObject { ["associationType"] = type, ["resourceShareArns"] = List([arn]) };
                if (next is not null) body["nextToken"] = next;
                var answer = (await c.CallAsync(new AwsCall("GetResourceShareAssociations") { Path = "/getresourceshareassociations", Body = body }, cancel)).Json;
                return (answer["resourceShareAssociations"]?.AsArray().Select(m => new ShareMember(Text(m, "associatedEntity"), type == "PRINCIPAL", Text(m, "status"),
                    Text(m, "statusMessage"), IsTrue(m, "external"))), answer["nextToken"]?.GetValue<string>());
            }, cancel));
        return all;
    }

    public Task AddAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel) => Ram.AskAsync(
        $"add to {arn}", "ram:AssociateResourceShare",
        c => c.CallAsync(new AwsCall("AssociateResourceShare") { Path = "/associateresourceshare", Body = Of(arn, resources, principals) }, cancel), cancel);

    public Task RemoveAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel) => Ram.TryAsync(
        $"remove from {arn}", "ram:DisassociateResourceShare", ["UnknownResourceException"],
        c => c.CallAsync(new AwsCall("DisassociateResourceShare") { Path = "/disassociateresourceshare", Body = Of(arn, resources, principals) }, cancel), cancel);

    public Task AllowOutsideAsync(string arn, bool outside, CancellationToken cancel) => Ram.AskAsync($"change {arn}", "ram:UpdateResourceShare",
        c => c.CallAsync(new AwsCall("UpdateResourceShare")
        {
            Path = "/updateresourceshare",
            Body = new JsonObject { ["resourceShareArn"] = arn, ["allowExternalPrincipals"] = outside },
        }, cancel), cancel);

    private static JsonObject Of(string arn, IEnumerable<string> resources, IEnumerable<string> principals) => new()
    {
        ["resourceShareArn"] = arn,
        ["resourceArns"] = List(resources),
        ["principals"] = List(principals),
    };

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static CloudShare Of(JsonNode? share) => new(Text(share, "resourceShareArn"), Text(share, "name"), Text(share, "status"),
        IsTrue(share, "allowExternalPrincipals"), (share?["tags"]?.AsArray() ?? []).ToDictionary(t => Text(t, "key"), t => Text(t, "value")));

    private static bool IsTrue(JsonNode? node, string name) => node?[name]?.GetValue<bool>() == true;

    private static string Text(JsonNode? node, string name) => node?[name]?.GetValue<string>() ?? "";
}
