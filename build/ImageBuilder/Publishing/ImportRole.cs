using System.Text.Json;
using System.Text.Json.Nodes;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>The role that VM Import/Export takes on to read and write buckets: the service itself says only that something is wrong with it.</summary>
public static class ImportRole
{
    /// <summary>The name that the service looks for when none is given.</summary>
    public const string Name = "vmimport";

    private const string Service = "vmie.amazonaws.com";
    private const string Trust = """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"vmie.amazonaws.com"},"Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"sts:ExternalId":"vmimport"}}}]}
        """;

    /// <summary>A role that is missing, or that the service may not take on, is a problem. A caller that may not look at roles goes on unchecked.</summary>
    public static async Task CheckAsync(IRoles roles, CancellationToken cancel)
    {
        CloudRole? role;
        try
        {
            role = await roles.GetAsync(Name, cancel);
        }
        catch (ProblemException e) when (e.Problems[0].Code is CloudCalls.NotAllowed or CloudCalls.Unknown)
        {
            return;
        }

        if (role is null) throw Refused($"The account has no role `{Name}`.", "VM Import/Export reads the bucket as this role.",
            $"Make it: aws iam create-role --role-name {Name} --assume-role-policy-document '{Trust.Trim()}'; "
            + "then allow it s3:GetBucketLocation, s3:GetObject and s3:ListBucket on the bucket (to export also s3:PutObject and s3:GetBucketAcl), "
            + "ec2:ModifySnapshotAttribute, ec2:CopySnapshot, ec2:RegisterImage and ec2:Describe*.");
        if (!IsTrusting(role.Trust)) throw Refused($"VM Import/Export may not take on the role `{Name}`.",
            $"Its trust policy does not allow sts:AssumeRole to {Service} with the external id `{Name}`: {role.Trust}",
            $"Correct it: aws iam update-assume-role-policy --role-name {Name} --policy-document '{Trust.Trim()}'");
    }

    private static bool IsTrusting(string trust)
    {
        try
        {
            return JsonNode.Parse(trust)?["Statement"] is { } statements && All(statements).Any(s => Text(s["Effect"]) == "Allow"
                && All(s["Principal"]?["Service"]).Any(p => Text(p) == Service) && All(ExternalId(s)).All(id => Text(id) == Name));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    // Names of conditions do not tell large letters from small ones.
    private static JsonNode? ExternalId(JsonNode statement) => (statement["Condition"] as JsonObject)?.Select(c => c.Value).OfType<JsonObject>()
        .SelectMany(c => c).FirstOrDefault(c => c.Key.Equals("sts:ExternalId", StringComparison.OrdinalIgnoreCase)).Value;

    private static IEnumerable<JsonNode> All(JsonNode? node) => node is JsonArray many ? many.OfType<JsonNode>() : node is null ? [] : [node];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static ProblemException Refused(string what, string why, string fix) => new(ExitCode.Prerequisites, new Problem("IB8401", what, why, fix));
}
