using ImageBuilder.Model;

namespace ImageBuilder.Permissions;

/// <summary>What recipes name in AWS: policies allow that and no more.</summary>
public sealed record Reach(IReadOnlyList<Plan> Plans)
{
    private IEnumerable<DistributionPlan> Distributions => Plans.Select(p => p.Distribution);

    public IReadOnlyList<AmiTarget> Amis => [.. Distributions.SelectMany(d => d.Amis)];

    /// <summary>Regions of images and of build instances; empty: any.</summary>
    public IReadOnlyList<string> Regions => Sorted(Amis.SelectMany(a => a.Regions).Concat(Plans.Select(p => p.Machine?.Region).OfType<string>()));

    /// <summary>Roles of other accounts.</summary>
    public IReadOnlyList<string> Roles => Sorted(Amis.Select(a => a.Role).Concat(Distributions.SelectMany(d => d.Buckets).Select(b => b.Role))
        .Concat(Plans.Select(p => p.Machine?.Role)).OfType<string>());

    public string Partition => Regions.Any(r => r.StartsWith("cn-", StringComparison.Ordinal)) ? "aws-cn"
        : Regions.Any(r => r.StartsWith("us-gov-", StringComparison.Ordinal)) ? "aws-us-gov" : "aws";

    /// <summary>ARNs of the objects that are written.</summary>
    public IReadOnlyList<string> Objects => Sorted(Distributions.SelectMany(d => d.Buckets).Select(b => $"{Arn("s3", "", "")}{b.Bucket}/{Fixed(b.Prefix)}*"));

    /// <summary>ARNs of the buckets.</summary>
    public IReadOnlyList<string> Buckets => Sorted(Distributions.SelectMany(d => d.Buckets).Select(b => $"{Arn("s3", "", "")}{b.Bucket}"));

    /// <summary>ARNs of the parameters that lead to images.</summary>
    public IReadOnlyList<string> Parameters =>
        Sorted(Amis.SelectMany(a => a.Regions.SelectMany(r => a.Parameters.Select(p => $"{Arn("ssm", r, "*")}parameter/{p.TrimStart('/')}"))));

    /// <summary>ARNs of keys, or <c>*</c> where one is named by id or alias.</summary>
    public IReadOnlyList<string> Keys => Sorted(Amis.SelectMany(a => a.Keys.Values).Concat(Plans.Select(p => p.Machine?.Key).OfType<string>())
        .Select(k => k.StartsWith("arn:", StringComparison.Ordinal) ? k : "*"));

    public IReadOnlyList<string> Topics => Sorted(Distributions.Select(d => d.Topic).OfType<string>());

    /// <summary>Buckets that steps of build instances go through.</summary>
    public IReadOnlyList<string> StepBuckets => Sorted(Plans.Select(p => p.Machine?.Bucket).OfType<string>());

    /// <summary>Buckets that disks are imported through.</summary>
    public IReadOnlyList<string> ImportBuckets => Sorted(Amis.SelectMany(a => a.ImportBuckets.Values));

    public bool IsShared => Amis.Any(a => !a.Permissions.IsPrivate);

    public string Arn(string service, string region, string account) => $"arn:{Partition}:{service}:{region}:{account}:";

    // What stands before the first expression.
    private static string Fixed(string text) => text.Split("{{")[0];

    private static IReadOnlyList<string> Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];
}
