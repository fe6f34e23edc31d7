using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>AWS Organizations.</summary>
internal sealed class AmazonOrganization(Lazy<AmazonAsker<ServiceClient>> organizations) : IOrganization
{
    private AmazonAsker<ServiceClient> Service => organizations.Value;

    public async Task<CloudOrganization?> GetAsync(CancellationToken cancel)
    {
        var answer = await Service.TryAsync("look at the organization", "organizations:DescribeOrganization", ["AWSOrganizationsNotInUseException"],
            c => c.CallAsync(new AwsCall("DescribeOrganization"), cancel), cancel);
        return answer?.Json["Organization"] is { } found ? new CloudOrganization(Text(found, "Id"), Text(found, "Arn"), Text(found, "MasterAccountId")) : null;
    }

    public async Task<IReadOnlyList<CloudAccount>> AccountsOfAsync(string unit, CancellationToken cancel)
    {
        var accounts = (await ListAsync("organizations:ListAccountsForParent", "Accounts", ("ParentId", unit), cancel)).Select(Account).ToList();
        var units = await ListAsync("organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits", ("ParentId", unit), cancel);
        foreach (var below in units)
            accounts.AddRange(await AccountsOfAsync(Text(below, "Id"), cancel));
        return accounts;
    }

    public async Task<IReadOnlyList<CloudAccount>> AccountsAsync(CancellationToken cancel) =>
        [.. (await ListAsync("organizations:ListAccounts", "Accounts", null, cancel)).Select(Account)];

    private Task<IReadOnlyList<JsonNode>> ListAsync(string action, string list, (string Name, string Value)? of, CancellationToken cancel) => Service.AllAsync<JsonNode>(
        "list the organization's accounts", action, async (c, next) =>
        {
            var body = new JsonObject();
            if (of is var (name, value)) body[name] = value;
            if (next is not null) body["NextToken"] = next;
            var answer = (await c.CallAsync(new AwsCall(action.Split(':')[1]) { Body = body }, cancel)).Json;
            return (answer[list]?.AsArray().OfType<JsonNode>(), answer["NextToken"]?.GetValue<string>());
        }, cancel);

    private static CloudAccount Account(JsonNode account) => new(Text(account, "Id"), Text(account, "Name"), Text(account, "Status"));

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";
}
