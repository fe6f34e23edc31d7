using System.Text.Json.Nodes;
using ImageBuilder.Clouds;
using ImageBuilder.Tests.Clouds;
using static ImageBuilder.Tests.Aws.ServedCloud;

namespace ImageBuilder.Tests.Aws;

/// <summary>Keys, licenses, roles, messages, shares and the organization: the part of <see cref="ServedCloud"/> around images.</summary>
internal static class ServedServices
{
    /// <summary>Null: it is no operation of these.</summary>
    public static async Task<JsonObject?> DoAsync(ICloudRegion at, FakeStock stock, string operation, JsonObject given) => operation switch
    {
        "DescribeKey" => new JsonObject
        {
            ["KeyMetadata"] = Key(await at.Keys.GetAsync(Text(given, "KeyId"), default) ?? throw new ServiceRefusal("NotFoundException", "No such key.")),
        },
        "ListLicenseSpecificationsForResource" => new JsonObject
        {
            ["LicenseSpecifications"] = List(await at.Licenses.OfAsync(Text(given, "ResourceArn"), default), l => new JsonObject { ["LicenseConfigurationArn"] = l }),
        },
        "UpdateLicenseSpecificationsForResource" => await DoneAsync(() => at.Licenses.AddAsync(Text(given, "ResourceArn"),
            [.. given["AddLicenseSpecifications"]!.AsArray().Select(l => Text(l!.AsObject(), "LicenseConfigurationArn"))], default)), // we only add
        "GetRole" => new JsonObject { ["Role"] = Role(await RoleAsync(at, given)) },
        "ListRolePolicies" => new JsonObject { ["PolicyNames"] = List((await RoleAsync(at, given)).Policies.Keys, n => JsonValue.Create(n)), ["IsTruncated"] = false },
        "GetRolePolicy" => new JsonObject { ["PolicyDocument"] = Uri.EscapeDataString((await RoleAsync(at, given)).Policies[Text(given, "PolicyName")]) },
        "Publish" => await DoneAsync(() => at.Notifier.PublishAsync(Text(given, "TopicArn"), Text(given, "Subject"), Text(given, "Message"), default)),
        "DescribeOrganization" => new JsonObject { ["Organization"] = Organization(await at.Organization.GetAsync(default)) },
        "ListAccounts" => new JsonObject
        {
            ["Accounts"] = List(await at.Organization.AccountsAsync(default), a => new JsonObject { ["Id"] = a.Id, ["Name"] = a.Name, ["Status"] = a.Status }),
        },
        _ => await ShareAsync(at, stock, operation, given),
    };

    private static async Task<JsonObject?> ShareAsync(ICloudRegion at, FakeStock stock, string operation, JsonObject given) => operation switch
    {
        "GetResourceShares" => new JsonObject
        {
            ["resourceShares"] = List(await at.Shares.FindAsync((given["tagFilters"]?.AsArray() ?? [])
                .ToDictionary(f => Text(f!.AsObject(), "tagKey"), f => Texts(f!["tagValues"])[0]), default), Share), // lists have no holes
        },
        "CreateResourceShare" => new JsonObject { ["resourceShare"] = Share(await CreateAsync(at, stock, given)) },
        "GetResourceShareAssociations" => new JsonObject
        {
            ["resourceShareAssociations"] = List((await at.Shares.MembersAsync(Texts(given["resourceShareArns"])[0], default))
                .Where(m => m.IsPrincipal == (Text(given, "associationType") == "PRINCIPAL")), m => new JsonObject
                {
                    ["associatedEntity"] = m.Entity,
                    ["status"] = m.Status,
                    ["statusMessage"] = m.Why,
                    ["external"] = m.Outside,
                }),
        },
        "AssociateResourceShare" => await DoneAsync(() => at.Shares.AddAsync(Arn(stock, given), Texts(given["resourceArns"]), Texts(given["principals"]), default)),
        "DisassociateResourceShare" => await DoneAsync(() => at.Shares.RemoveAsync(Arn(stock, given), Texts(given["resourceArns"]), Texts(given["principals"]), default)),
        "UpdateResourceShare" => await DoneAsync(() =>
            at.Shares.AllowOutsideAsync(Arn(stock, given), given["allowExternalPrincipals"]!.GetValue<bool>(), default)), // we always say
        "DeleteResourceShare" => await DoneAsync(() => at.Shares.DeleteAsync(Arn(stock, given), default)),
        _ => null,
    };

    private static async Task<CloudShare> CreateAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        var token = Text(given, "clientToken");
        var arn = await OnceAsync(stock, token, () => at.Shares.CreateAsync(new NewShare(Text(given, "name"), Texts(given["resourceArns"]), Texts(given["principals"]),
            given["allowExternalPrincipals"]!.GetValue<bool>(), // we always say
            given["tags"]!.AsArray().ToDictionary(t => Text(t!.AsObject(), "key"), t => Text(t!.AsObject(), "value"))), token, default)); // and have some
        return stock.Shares[arn].Share;
    }

    private static string Arn(FakeStock stock, JsonObject given) => Text(given, "resourceShareArn") is var arn && stock.Shares.ContainsKey(arn) ? arn
        : throw new ServiceRefusal("UnknownResourceException", $"{arn} does not exist.");

    private static JsonObject Share(CloudShare share) => new()
    {
        ["resourceShareArn"] = share.Arn,
        ["name"] = share.Name,
        ["status"] = share.Status,
        ["allowExternalPrincipals"] = share.Outside,
        ["tags"] = List(share.Tags, t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value }),
    };

    private static JsonObject Key(CloudKey key) => new() { ["KeyId"] = key.Arn.Split('/')[^1], ["Arn"] = key.Arn, ["KeyState"] = key.State };

    private static async Task<CloudRole> RoleAsync(ICloudRegion at, JsonObject given) =>
        await at.Roles.GetAsync(Text(given, "RoleName"), default) ?? throw new ServiceRefusal("NoSuchEntity", "There is no such role.", 404);

    private static JsonObject Role(CloudRole role) => new()
    {
        ["RoleName"] = role.Name,
        ["Arn"] = role.Arn,
        ["AssumeRolePolicyDocument"] = Uri.EscapeDataString(role.Trust),
    };

    private static JsonObject Organization(CloudOrganization? organization) => organization is null
        ? throw new ServiceRefusal("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        : new() { ["Id"] = organization.Id, ["Arn"] = organization.Arn, ["MasterAccountId"] = organization.MasterAccount };
}
