using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Reading;

/// <summary>Reads a recipe's <c>aws</c>: the machine that the aws engine builds on.</summary>
internal sealed partial class MachineReader(ProblemBag problems)
{
    private const int LongestUserData = 16_384; // bytes, what EC2 takes
    private const int LargestVolume = 16_384;   // GiB, of gp3

    private static readonly string[] s_keys =
    [
        "region", "role", "instanceTypes", "spot", "instanceProfile", "subnet", "securityGroups", "volumeSize", "encrypted", "kmsKey", "userData", "bucket", "logGroup",
    ];

    internal static IEnumerable<string> Keys => s_keys.Select(k => $"aws.{k}");

    /// <param name="platform">Of the recipe.</param>
    public MachinePlan Read(MapReader recipe, string platform)
    {
        if (recipe.Child("aws", "`aws`") is not { } map) return new MachinePlan();
        map.CheckKeys(s_keys);
        var machine = new MachinePlan
        {
            Region = map.Matching("region", Forms.Region(), "a region, e.g. eu-west-1"),
            Role = map.Matching("role", Forms.RoleArn(), "the ARN of a role, e.g. arn:aws:iam::123456789012:role/build"),
            InstanceTypes = map.Texts("instanceTypes", InstanceType(), "an instance type, e.g. m7i.large"),
            Spot = map.Flag("spot") ?? false,
            Profile = map.Matching("instanceProfile", ProfileName(), "the name of an instance profile, not its ARN"),
            Subnet = map.Matching("subnet", SubnetId(), "the id of a subnet, e.g. subnet-0123456789abcdef0"),
            SecurityGroups = map.Texts("securityGroups", GroupId(), "the id of a security group, e.g. sg-0123456789abcdef0"),
            VolumeGiB = Volume(map),
            Encrypted = map.Flag("encrypted") ?? true,
            Key = map.Text("kmsKey"),
            UserData = UserData(map),
            Bucket = map.Matching("bucket", Forms.Bucket(), "the name of a bucket"),
            LogGroup = map.Matching("logGroup", LogGroup(), "the name of a log group, e.g. /images/steps"),
        };
        Check(map, machine, platform);
        return machine;
    }

    private void Check(MapReader map, MachinePlan machine, string platform)
    {
        if (machine.Spot && platform == "Windows")
            problems.Add(new Problem("IB1160", "A Windows image cannot be built on a spot instance.",
                "It is generalized when it shuts down, and a spot instance that shuts down is gone.", "Remove `spot`.", map.Map.Find("spot")!.Value.At)); // it is true
        if (machine is { Key: not null, Encrypted: false })
            problems.Add(new Problem("IB1161", "`kmsKey` names a key, and `encrypted` says that nothing is encrypted.", "One of them must be wrong.",
                "Remove one of both.", map.Map.Find("kmsKey")!.Value.At)); // as above
    }

    private int? Volume(MapReader map)
    {
        if (map.Single("volumeSize") is not { } scalar) return null;
        if (scalar.Text.EndsWith("GiB", StringComparison.Ordinal)
            && int.TryParse(scalar.Text[..^3].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= LargestVolume) return size;
        problems.Add(map.WrongValue("volumeSize", scalar, $"whole GiB up to {LargestVolume}, e.g. 20GiB"));
        return null;
    }

    private string? UserData(MapReader map)
    {
        if (map.Single("userData") is not { } scalar) return null;
        if (System.Text.Encoding.UTF8.GetByteCount(scalar.Text) <= LongestUserData) return scalar.Text;
        problems.Add(new Problem("IB1162", "The user data is too long.", $"EC2 takes {LongestUserData} bytes.", "Move what it does to a component.", scalar.At));
        return null;
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    private static partial Regex InstanceType();

    [GeneratedRegex(@"^[\w+=,.@-]{1,128}$")]
    private static partial Regex ProfileName();

    [GeneratedRegex(@"^subnet-[0-9a-f]{8,17}$")]
    private static partial Regex SubnetId();

    [GeneratedRegex(@"^sg-[0-9a-f]{8,17}$")]
    private static partial Regex GroupId();

    [GeneratedRegex(@"^[\w./#-]{1,512}$")]
    private static partial Regex LogGroup();
}
