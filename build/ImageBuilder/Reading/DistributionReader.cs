using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Reads a recipe's <c>distribution</c>.</summary>
internal sealed partial class DistributionReader(IReadOnlyCollection<string> formats, ProblemBag problems)
{
    private const int LongestName = 128;

    private static readonly string[] s_keys = ["amis", "s3", "folders", "notify"];

    private static readonly string[] s_amiKeys =
    [
        "regions", "role", "name", "description", "tags", "encrypted", "kmsKey", "kmsKeys", "importBuckets", "tpm", "permissions", "launchTemplates", "parameters",
        "deprecateAfter", "fastLaunch", "licenses",
    ];

    private static readonly string[] s_permissionKeys = ["public", "accounts", "organizations", "organizationalUnits"];
    private static readonly string[] s_templateKeys = ["template", "setDefault"];
    private static readonly string[] s_fastLaunchKeys = ["snapshots", "parallel", "template", "templateVersion"];
    private static readonly string[] s_bucketKeys = ["bucket", "prefix", "formats", "region", "role", "owner"];
    private static readonly string[] s_folderKeys = ["path", "formats"];

    private static readonly Dictionary<string, string> s_notYet = new[] { "containers", "ecr", "oci" }
        .ToDictionary(k => k, _ => "Remove it; images of containers are not made yet.");

    internal static IEnumerable<string> Keys =>
    [
        .. s_keys.Select(k => $"distribution.{k}"), .. s_amiKeys.Select(k => $"distribution.amis[].{k}"),
        .. s_permissionKeys.Select(k => $"distribution.amis[].permissions.{k}"), .. s_templateKeys.Select(k => $"distribution.amis[].launchTemplates[].{k}"),
        .. s_fastLaunchKeys.Select(k => $"distribution.amis[].fastLaunch.{k}"), .. s_bucketKeys.Select(k => $"distribution.s3[].{k}"),
        .. s_folderKeys.Select(k => $"distribution.folders[].{k}"),
    ];

    public DistributionPlan Read(MapReader recipe)
    {
        if (recipe.Child("distribution", "`distribution`") is not { } map) return DistributionPlan.None;
        map.CheckKeys(s_keys, s_notYet);
        var amis = Each(map, "amis", Ami);
        var buckets = Each(map, "s3", Bucket);
        var folders = Each(map, "folders", Folder);
        // One account has one snapshot of an image in a region, however many would want it.
        Refuse(amis.SelectMany(a => a.Regions.Select(r => ($"region {r}{(a.Role is null ? "" : $" with {a.Role}")}", a.At))));
        Refuse(buckets.Select(b => ($"s3://{b.Bucket}/{b.Prefix}", b.At)));
        Refuse(folders.Select(f => ($"folder {f.Path}", f.At)));
        return new DistributionPlan(amis, buckets, folders, map.Matching("notify", TopicArn(), "the ARN of an SNS topic"));
    }

    private void Refuse(IEnumerable<(string What, Place At)> targets)
    {
        foreach (var same in targets.GroupBy(t => t.What))
            foreach (var (what, at) in same.Skip(1))
                problems.Add(new Problem("IB1156", $"Two targets of the distribution are the same: {what}.",
                    $"Line {same.First().At.Line} has it already.", "Make one target of them.", at));
    }

    private List<T> Each<T>(MapReader map, string key, Func<MapReader, T?> read) where T : class =>
        [.. map.Items(key).Select(item => MapReader.For(item, $"an item of `distribution.{key}`", problems) is { } one ? read(one) : null).OfType<T>()];

    private AmiTarget? Ami(MapReader map)
    {
        map.CheckKeys(s_amiKeys);
        var regions = map.Texts("regions", Forms.Region(), "a region, e.g. eu-west-1", required: true);
        if (map.Map.Find("regions") is not null && regions.Count == 0 && map.Items("regions").Count == 0)
            problems.Add(new Problem("IB1150", "`regions` names no region.", "An image is always in a region.", "Write e.g. `regions: [eu-west-1]`.", map.Map.At));
        var target = new AmiTarget(regions, Role(map), Expression(map, "name", LongestName), map.Map.At)
        {
            Description = Expression(map, "description", 255) ?? "",
            Tags = Tags(map),
            Encrypted = map.Flag("encrypted") ?? (map.Map.Find("kmsKey") is not null || map.Map.Find("kmsKeys") is not null),
            Keys = KeysOf(map, regions),
            ImportBuckets = Buckets(map, regions),
            Tpm = map.Flag("tpm") ?? false,
            Permissions = Permissions(map),
            Templates = Each(map, "launchTemplates", Template),
            Parameters = map.Texts("parameters", ParameterName(), "a parameter's name, e.g. /images/web"),
            DeprecateAfterDays = Days(map),
            FastLaunch = FastLaunch(map),
            Licenses = map.Texts("licenses", LicenseArn(), "the ARN of a license configuration"),
        };
        CheckSharing(target);
        return target;
    }

    // As EC2 refuses it, hours later.
    private void CheckSharing(AmiTarget target)
    {
        if (!target.Encrypted) return;
        if (target.Permissions.Public)
            problems.Add(new Problem("IB1157", "An encrypted image cannot be public.", "Nobody else has its key.", "Remove `encrypted` and its key, or `public`.", target.At));
        else if (!target.Permissions.IsPrivate && target.Regions.Any(r => !target.Keys.ContainsKey(r) && !target.Keys.ContainsKey("")))
            problems.Add(new Problem("IB1158", "An image that is encrypted with the account's default key cannot be shared.", "That key is for its own account only.",
                "Name a key of your own under `kmsKey`, which the others may use.", target.At));
    }

    private Dictionary<string, string> Tags(MapReader map)
    {
        var tags = new Dictionary<string, string>();
        if (map.Child("tags", "`tags`") is not { } given) return tags;
        foreach (var (key, node) in given.Map.Entries)
        {
            if (key.Text.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) || key.Text.StartsWith("imagebuilder:", StringComparison.Ordinal) || key.Text.Length > 128)
                problems.Add(new Problem("IB1151", $"`{key.Text}` cannot be a tag of your own.",
                    "Those with `aws:` are AWS's, those with `imagebuilder:` the image builder's; 128 characters are the most.",
                    "Choose another name.", key.At));
            else if (node is not YamlScalar value) problems.Add(MapReader.WrongKind($"the tag `{key.Text}`", "a single value", node));
            else if (Checked(value, 256)) tags[key.Text] = value.Text;
        }

        return tags;
    }

    private Dictionary<string, string> KeysOf(MapReader map, IReadOnlyList<string> regions)
    {
        var keys = new Dictionary<string, string>();
        if (map.Text("kmsKey") is { } one) keys[""] = one;
        foreach (var (region, key) in ByRegion(map, "kmsKeys", "key", regions)) keys[region] = key.Text;
        return keys;
    }

    private Dictionary<string, string> Buckets(MapReader map, IReadOnlyList<string> regions)
    {
        var buckets = new Dictionary<string, string>();
        foreach (var (region, bucket) in ByRegion(map, "importBuckets", "bucket", regions))
        {
            buckets[region] = bucket.Text;
            if (!Forms.Bucket().IsMatch(bucket.Text))
                problems.Add(new Problem("IB1159", $"`{bucket.Text}` cannot be a bucket.",
                    "Names have 3 to 63 small letters, digits, dots and hyphens.", "Correct it.", bucket.At));
        }

        if (buckets.Count > 0 && regions.Where(r => !buckets.ContainsKey(r)).ToList() is [_, ..] missing)
            problems.Add(new Problem("IB1163", $"There is no bucket for {string.Join(", ", missing)}.", "A disk is imported through a bucket of its own region.",
                "Name one for each region under `importBuckets`.", map.Map.At));
        return buckets;
    }

    private IEnumerable<(string Region, YamlScalar Value)> ByRegion(MapReader map, string key, string what, IReadOnlyList<string> regions)
    {
        if (map.Child(key, $"`{key}`") is not { } each) yield break;
        foreach (var (region, node) in each.Map.Entries)
        {
            if (!regions.Contains(region.Text))
                problems.Add(new Problem("IB1152", $"`{region.Text}` is not one of the regions of this target.", $"A {what} is used in its own region only.",
                    Suggestion.Fix(region.Text, regions), region.At));
            else if (node is YamlScalar value) yield return (region.Text, value);
            else problems.Add(MapReader.WrongKind($"the {what} of `{region.Text}`", "a single value", node));
        }
    }

    private static AmiPermissions Permissions(MapReader map)
    {
        if (map.Child("permissions", "`permissions`") is not { } given) return new AmiPermissions();
        given.CheckKeys(s_permissionKeys);
        return new AmiPermissions
        {
            Public = given.Flag("public") ?? false,
            Accounts = given.Texts("accounts", Forms.Account(), "the twelve digits of an account"),
            Organizations = given.Texts("organizations", OrganizationArn(), "the ARN of an organization"),
            Units = given.Texts("organizationalUnits", UnitArn(), "the ARN of an organizational unit"),
        };
    }

    private TemplateTarget? Template(MapReader map)
    {
        map.CheckKeys(s_templateKeys);
        return map.Text("template", required: true) is { } id ? new TemplateTarget(id, map.Flag("setDefault") ?? true) : null;
    }

    private static FastLaunchTarget? FastLaunch(MapReader map)
    {
        if (map.Child("fastLaunch", "`fastLaunch`") is not { } given) return null;
        given.CheckKeys(s_fastLaunchKeys);
        return new FastLaunchTarget((int)(given.Whole("snapshots", n => n is >= 1 and <= 10000, "a number from 1 to 10000") ?? 5),
            (int)(given.Whole("parallel", n => n is >= 6 and <= 10000, "a number from 6 to 10000") ?? 6), given.Text("template"), given.Text("templateVersion"));
    }

    private BucketTarget? Bucket(MapReader map)
    {
        map.CheckKeys(s_bucketKeys);
        var bucket = map.Matching("bucket", Forms.Bucket(), "the name of a bucket", required: true);
        var target = new BucketTarget(bucket ?? "", Expression(map, "prefix", 900) ?? "", map.Choices("formats", formats),
            map.Matching("region", Forms.Region(), "a region, e.g. eu-west-1"), Role(map), map.Matching("owner", Forms.Account(), "the twelve digits of an account"), map.Map.At);
        return bucket is null ? null : target;
    }

    private FolderTarget? Folder(MapReader map)
    {
        map.CheckKeys(s_folderKeys);
        var path = Expression(map, "path", 1000, required: true);
        var chosen = map.Choices("formats", formats);
        return path is null ? null : new FolderTarget(path, chosen, map.Map.At);
    }

    private static string? Role(MapReader map) => map.Matching("role", Forms.RoleArn(), "the ARN of a role, e.g. arn:aws:iam::123456789012:role/publish");

    private int? Days(MapReader map)
    {
        if (map.Single("deprecateAfter") is not { } scalar) return null;
        if (scalar.Text.EndsWith('d') && int.TryParse(scalar.Text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 3650) return days;
        problems.Add(map.WrongValue("deprecateAfter", scalar, "a number of days, e.g. 90d"));
        return null;
    }

    // Text with expressions, which must be known ones.
    private string? Expression(MapReader map, string key, int longest, bool required = false) =>
        map.Single(key, required) is { } scalar && Checked(scalar, longest) ? scalar.Text : null;

    private bool Checked(YamlScalar scalar, int longest)
    {
        if (ImageExpressions.Mistake(scalar.Text) is { } mistake)
            problems.Add(new Problem("IB1153", $"`{mistake}` is not known here.", $"Known are: {string.Join(", ", ImageExpressions.Names.Select(n => $"imagebuilder:{n}"))}.",
                "Write one of these, e.g. `{{ imagebuilder:buildDate }}`.", scalar.At));
        else if (scalar.Text.Length > longest)
            problems.Add(new Problem("IB1154", "The text is too long.", $"It has {scalar.Text.Length} characters; {longest} are the most.", "Shorten it.", scalar.At));
        else return true;
        return false;
    }

    [GeneratedRegex(@"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:\S+$")]
    private static partial Regex TopicArn();

    [GeneratedRegex(@"^arn:aws[a-z-]*:organizations::\d{12}:organization/o-[a-z0-9]{10,32}$")]
    private static partial Regex OrganizationArn();

    [GeneratedRegex(@"^arn:aws[a-z-]*:organizations::\d{12}:ou/o-[a-z0-9]{10,32}/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$")]
    private static partial Regex UnitArn();

    [GeneratedRegex(@"^arn:aws[a-z-]*:license-manager:[a-z0-9-]+:\d{12}:license-configuration:lic-[0-9a-z]{32}$")]
    private static partial Regex LicenseArn();

    [GeneratedRegex(@"^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$")]
    private static partial Regex ParameterName();
}
