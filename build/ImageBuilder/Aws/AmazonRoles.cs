using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Roles and policies of Identity and Access Management.</summary>
internal sealed class AmazonRoles(Lazy<AmazonAsker<ServiceClient>> roles) : IRoles
{
    private AmazonAsker<ServiceClient> Iam => roles.Value;

    public async Task<CloudRole?> GetAsync(string name, CancellationToken cancel)
    {
        var role = await Iam.TryAsync($"look at the role {name}", "iam:GetRole", ["NoSuchEntity"], c => c.CallAsync(Call("GetRole", ("RoleName", name)), cancel), cancel);
        if (role is null) return null;
        var names = await Iam.AllAsync<string>($"list the policies of the role {name}", "iam:ListRolePolicies", async (c, next) =>
        {
            var answer = await c.CallAsync(Call("ListRolePolicies", [("RoleName", name), .. Marker(next)]), cancel);
            return (answer.Members("PolicyNames").Select(m => m.Value), Next(answer));
        }, cancel);
        var policies = new Dictionary<string, string>();
        foreach (var policy in names)
        {
            var answer = await Iam.AskAsync($"read the policy {policy} of the role {name}", "iam:GetRolePolicy",
                c => c.CallAsync(Call("GetRolePolicy", ("RoleName", name), ("PolicyName", policy)), cancel), cancel);
            policies[policy] = Uri.UnescapeDataString(answer.Value("PolicyDocument") ?? "");
        }

        return new CloudRole(name, role.Value("Arn") ?? "", Uri.UnescapeDataString(role.Value("AssumeRolePolicyDocument") ?? ""), policies);
    }

    private static AwsCall Call(string operation, params IEnumerable<(string Name, string Value)> values) =>
        new(operation) { Values = values.ToDictionary(v => v.Name, v => v.Value) };

    private static IEnumerable<(string, string)> Marker(string? next) => next is null ? [] : [("Marker", next)];

    private static string? Next(AwsAnswer answer) => answer.Value("IsTruncated") == "true" ? answer.Value("Marker") : null;
}
