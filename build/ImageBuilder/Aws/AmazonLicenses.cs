using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>License Manager.</summary>
internal sealed class AmazonLicenses(Lazy<AmazonAsker<ServiceClient>> licenses) : ILicenses
{
    private AmazonAsker<ServiceClient> Manager => licenses.Value;

    public Task<IReadOnlyList<string>> OfAsync(string arn, CancellationToken cancel) => Manager.AllAsync<string>(
        $"list the licenses of {arn}", "license-manager:ListLicenseSpecificationsForResource", async (c, next) =>
        {
            var body = new JsonObject { ["ResourceArn"] = arn };
            if (next is not null) body["NextToken"] = next;
            var answer = (await c.CallAsync(new AwsCall("ListLicenseSpecificationsForResource") { Body = body }, cancel)).Json;
            return (answer["LicenseSpecifications"]?.AsArray().Select(s => s!["LicenseConfigurationArn"]!.GetValue<string>()), answer["NextToken"]?.GetValue<string>()); // its form
        }, cancel);

    public Task AddAsync(string arn, IReadOnlyCollection<string> configurations, CancellationToken cancel) => Manager.AskAsync(
        $"change the licenses of {arn}", "license-manager:UpdateLicenseSpecificationsForResource", c => c.CallAsync(
            new AwsCall("UpdateLicenseSpecificationsForResource")
            {
                Body = new JsonObject
                {
                    ["ResourceArn"] = arn,
                    ["AddLicenseSpecifications"] = new JsonArray([.. configurations.Select(l => new JsonObject { ["LicenseConfigurationArn"] = l })]),
                },
            }, cancel), cancel);
}
