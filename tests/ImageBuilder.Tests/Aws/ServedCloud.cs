using System.Globalization;
using System.Text.Json.Nodes;
using ImageBuilder.Clouds;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Aws;

/// <summary>The operations of AWS that a distribution needs, done in a cloud that is kept in memory. Requests and answers have the names of the models.</summary>
internal sealed class ServedCloud(FakeCloud cloud)
{
    // What has just been made is pending for so many looks.
    private const int PendingLooks = 2;

    // What keys of roles begin with; the account follows.
    private const string RoleKey = "ASIA";

    private readonly ServedMachines _machines = new();
    private readonly ServedTransfers _transfers = new();
    private readonly ServedObjects _objects = new();
    private readonly Dictionary<string, int> _looks = [];

    /// <summary>Done, and what is answered.</summary>
    /// <param name="who">Key that the request is signed with.</param>
    /// <param name="body">The bytes of a request that is no more than those.</param>
    /// <exception cref="ServiceRefusal">The service would refuse it.</exception>
    public async Task<JsonObject> DoAsync(string who, string region, string operation, JsonObject given, byte[] body)
    {
        var role = who.StartsWith(RoleKey, StringComparison.Ordinal) ? $"arn:aws:iam::{who[RoleKey.Length..]}:role/images" : null;
        var answer = await AnswerAsync(cloud.At(new CloudPlace(region, role)), operation, given, body);
        if (operation is "RegisterImage" or "CreateImage" or "CopyImage" or "StartSnapshot" && (answer["ImageId"] ?? answer["SnapshotId"]) is { } made)
            lock (_looks) _looks.TryAdd(made.ToString(), 0);
        return answer;
    }

    private async Task<JsonObject> AnswerAsync(ICloudRegion at, string operation, JsonObject given, byte[] body)
    {
        var stock = cloud.StockOf(at.Place.Region, FakeCloud.AccountOf(at.Place));
        return operation switch
        {
            "GetCallerIdentity" => Who(await at.Identity.WhoAsync(default)),
            "AssumeRole" => new JsonObject
            {
                ["Credentials"] = new JsonObject
                {
                    ["AccessKeyId"] = RoleKey + Text(given, "RoleArn").Split(':')[4],
                    ["SecretAccessKey"] = "secret",
                    ["SessionToken"] = "token",
                    ["Expiration"] = "2036-11-27T00:00:00Z",
                },
            },
            "DescribeRegions" => new JsonObject { ["Regions"] = List(["eu-west-1", "us-east-1"], r => new JsonObject { ["RegionName"] = r }) },
            "DescribeImages" => new JsonObject { ["Images"] = Images(stock, given) },
            "RegisterImage" => new JsonObject { ["ImageId"] = await RegisterAsync(at, stock, given) },
            "DeregisterImage" => await DoneAsync(() => at.Images.DeregisterAsync(Known(stock.Images, given, "ImageId", "InvalidAMIID.NotFound"), default)),
            "EnableImageDeprecation" => await DoneAsync(() => at.Images.DeprecateAsync(Known(stock.Images, given, "ImageId", "InvalidAMIID.NotFound"),
                DateTimeOffset.Parse(Text(given, "DeprecateAt"), CultureInfo.InvariantCulture), default)),
            "DescribeImageAttribute" => Attribute(await at.Images.PermissionsAsync(Known(stock.Images, given, "ImageId", "InvalidAMIID.NotFound"), default)),
            "ModifyImageAttribute" => await ShareAsync(at, given),
            "DescribeSnapshots" => new JsonObject { ["Snapshots"] = Snapshots(stock, given) },
            "DeleteSnapshot" => await DoneAsync(() => at.Snapshots.DeleteAsync(Known(stock.Snapshots, given, "SnapshotId", "InvalidSnapshot.NotFound"), default)),
            "CreateTags" => await DoneAsync(() => at.Tags.SetAsync(Texts(given["Resources"]), Tags(given["Tags"]), default)),
            "CopyImage" => new JsonObject { ["ImageId"] = await CopyAsync(at, stock, given) },
            "ModifySnapshotAttribute" => await DoneAsync(() => at.Snapshots.ShareAsync(Known(stock.Snapshots, given, "SnapshotId", "InvalidSnapshot.NotFound"),
                Texts(given["UserIds"]), default)),
            "EnableFastLaunch" => await DoneAsync(() => at.Images.EnableFastLaunchAsync(Known(stock.Images, given, "ImageId", "InvalidAMIID.NotFound"), new FastLaunch(
                Number(given["SnapshotConfiguration"]!.AsObject(), "TargetResourceCount"), Number(given, "MaxParallelLaunches"), // we always say how many
                given["LaunchTemplate"]?["LaunchTemplateId"]?.ToString(), given["LaunchTemplate"]?["Version"]?.ToString()), default)),
            "DescribeFastLaunchImages" => new JsonObject
            {
                ["FastLaunchImages"] = List(Texts(given["ImageIds"]).Where(stock.FastLaunches.ContainsKey), i => new JsonObject { ["ImageId"] = i, ["State"] = "enabling" }),
            },
            "StartSnapshot" => new JsonObject { ["SnapshotId"] = await StartAsync(at, given) },
            "PutSnapshotBlock" => await DoneAsync(() => at.Snapshots.PutAsync(Text(given, "SnapshotId"), Number(given, "BlockIndex"), body,
                Convert.FromBase64String(Text(given, "Checksum")), default)),
            "CompleteSnapshot" => await DoneAsync(() => CompleteAsync(at, stock, given)),
            "ListSnapshotBlocks" => new JsonObject
            {
                ["Blocks"] = List(await at.Snapshots.BlocksAsync(Text(given, "SnapshotId"), default), b => new JsonObject { ["BlockIndex"] = b.Index, ["BlockToken"] = b.Token }),
            },
            "GetSnapshotBlock" => new JsonObject
            {
                ["BlockData"] = JsonValue.Create(await at.Snapshots.ReadAsync(Text(given, "SnapshotId"),
                    new SnapshotBlock(Number(given, "BlockIndex"), Text(given, "BlockToken")), default)),
            },
            _ => await NamesAsync(at, stock, operation, given) ?? await ServedServices.DoAsync(at, stock, operation, given)
                ?? await _transfers.DoAsync(at, stock, operation, given) ?? _objects.Do(stock, at.Place.Region, operation, given, body)
                ?? await _machines.DoAsync(at, stock, operation, given),
        };
    }

    private static JsonObject Who(CloudIdentity identity) => new() { ["Account"] = identity.Account, ["Arn"] = identity.Arn, ["UserId"] = "test" };

    // What leads to images.
    private static async Task<JsonObject?> NamesAsync(ICloudRegion at, FakeStock stock, string operation, JsonObject given) => operation switch
    {
        "GetParameter" => new JsonObject { ["Parameter"] = Parameter(stock, Known(stock.Parameters, given, "Name", "ParameterNotFound")) },
        "GetParameters" => new JsonObject { ["Parameters"] = List(Texts(given["Names"]).Where(stock.Parameters.ContainsKey), n => Parameter(stock, n)) },
        "DescribeParameters" => new JsonObject { ["Parameters"] = List(stock.Parameters.Keys, n => new JsonObject { ["Name"] = n, ["Type"] = "String" }) },
        "PutParameter" => await DoneAsync(() => at.Parameters.PutAsync(Text(given, "Name"), Text(given, "Value"), Text(given, "DataType"), default)),
        "DeleteParameter" => await DoneAsync(() => at.Parameters.DeleteAsync(Known(stock.Parameters, given, "Name", "ParameterNotFound"), default)),
        "DescribeLaunchTemplates" => new JsonObject { ["LaunchTemplates"] = Templates(stock, given) },
        "DescribeLaunchTemplateVersions" => new JsonObject { ["LaunchTemplateVersions"] = Versions(stock, given) },
        "CreateLaunchTemplateVersion" => new JsonObject
        {
            ["LaunchTemplateVersion"] = new JsonObject
            {
                ["VersionNumber"] = await at.Templates.AddVersionAsync(Text(given, "LaunchTemplateId"), Text(given["LaunchTemplateData"]!.AsObject(), "ImageId"), "",
                    Text(given, "ClientToken"), default),
            },
        },
        "ModifyLaunchTemplate" => await DoneAsync(() => at.Templates.SetDefaultAsync(Text(given, "LaunchTemplateId"), Number(given, "DefaultVersion"), default)),
        "DeleteLaunchTemplateVersions" => await DoneAsync(() =>
            at.Templates.DeleteVersionAsync(Text(given, "LaunchTemplateId"), long.Parse(Texts(given["Versions"])[0], CultureInfo.InvariantCulture), default)),
        _ => null,
    };

    /// <summary>The same token never makes two.</summary>
    internal static async Task<string> OnceAsync(FakeStock stock, string token, Func<Task<string>> make)
    {
        if (!stock.Tokens.TryGetValue(token, out var made)) made = stock.Tokens[token] = await make();
        return made;
    }

    internal static async Task<JsonObject> DoneAsync(Func<Task> work)
    {
        await work();
        return new JsonObject();
    }

    private JsonArray Images(FakeStock stock, JsonObject given)
    {
        var ids = Texts(given["ImageIds"]);
        if (ids.FirstOrDefault(i => !stock.Images.ContainsKey(i)) is { } missing) throw new ServiceRefusal("InvalidAMIID.NotFound", $"The image id '[{missing}]' does not exist");
        return List(stock.Images.Values.Where(i => (ids.Count == 0 || ids.Contains(i.Id)) && Fits(given, i.Tags, i.Name)), i => new JsonObject
        {
            ["ImageId"] = i.Id,
            ["Name"] = i.Name,
            ["State"] = Pending(i.Id) ? "pending" : i.State,
            ["OwnerId"] = i.Owner,
            ["DeprecationTime"] = i.Deprecated?.ToString("O", CultureInfo.InvariantCulture),
            ["CreationDate"] = "2026-11-27T00:00:00.000Z",
            ["Architecture"] = i.Architecture,
            ["BootMode"] = i.BootMode.Length > 0 ? i.BootMode : null,
            ["TpmSupport"] = i.Tpm.Length > 0 ? i.Tpm : null,
            ["ImdsSupport"] = i.Imds.Length > 0 ? i.Imds : null,
            ["EnaSupport"] = true,
            ["RootDeviceName"] = i.RootDevice,
            ["BlockDeviceMappings"] = List(i.Snapshots, s => new JsonObject
            {
                ["DeviceName"] = i.RootDevice,
                ["Ebs"] = new JsonObject { ["SnapshotId"] = s, ["VolumeSize"] = 1 },
            }),
            ["Tags"] = Tags(i.Tags),
        });
    }

    private JsonArray Snapshots(FakeStock stock, JsonObject given)
    {
        var ids = Texts(given["SnapshotIds"]);
        if (ids.FirstOrDefault(i => !stock.Snapshots.ContainsKey(i)) is { } missing)
            throw new ServiceRefusal("InvalidSnapshot.NotFound", $"The snapshot '{missing}' does not exist.");
        return List(stock.Snapshots.Values.Select(s => s.Shown).Where(s => (ids.Count == 0 || ids.Contains(s.Id)) && Fits(given, s.Tags, "")), s => new JsonObject
        {
            ["SnapshotId"] = s.Id,
            ["State"] = s.State == "completed" && Pending(s.Id) ? "pending" : s.State,
            ["VolumeSize"] = (int)(s.Bytes >> 30),
            ["Encrypted"] = s.Encrypted,
            ["KmsKeyId"] = s.Key,
            ["StartTime"] = "2026-11-27T00:00:00.000Z",
            ["Description"] = s.Description,
            ["Tags"] = Tags(s.Tags),
        });
    }

    private bool Pending(string id)
    {
        lock (_looks) return _looks.TryGetValue(id, out var looks) && (_looks[id] = looks + 1) <= PendingLooks;
    }

    private static async Task<string> RegisterAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        NotTaken(stock, given);
        var ebs = given["BlockDeviceMappings"]![0]!["Ebs"]!.AsObject();
        return await at.Images.RegisterAsync(new NewImage(Text(given, "Name"), Text(given, "Description"), Text(given, "Architecture"), Text(ebs, "SnapshotId"),
            (long)Number(ebs, "VolumeSize") << 30, Tags(given["TagSpecification"]?[0]?["Tag"]))
        {
            RootDevice = Text(given, "RootDeviceName"),
            BootMode = Text(given, "BootMode"),
            Tpm = given["TpmSupport"]?.ToString(),
            Imds = given["ImdsSupport"]?.ToString(),
        }, default);
    }

    private static async Task<JsonObject> ShareAsync(ICloudRegion at, JsonObject given)
    {
        var id = Text(given, "ImageId");
        var now = await at.Images.PermissionsAsync(id, default);
        await at.Images.ShareAsync(id, new LaunchPermissions
        {
            Public = Changed(now.Public ? ["all"] : [], "Group").Count > 0,
            Accounts = Changed(now.Accounts, "UserId"),
            Organizations = Changed(now.Organizations, "OrganizationArn"),
            Units = Changed(now.Units, "OrganizationalUnitArn"),
        }, default);
        return [];

        List<string> Changed(IEnumerable<string> before, string member) => [.. before.Union(Of("Add", member)).Except(Of("Remove", member))];
        IEnumerable<string> Of(string change, string member) => (given["LaunchPermission"]![change]?.AsArray() ?? []).Select(p => p![member]?.ToString()).OfType<string>();
    }

    private static JsonObject Attribute(LaunchPermissions permissions)
    {
        List<(string Member, string Value)> all = [.. permissions.Accounts.Select(a => ("UserId", a)), .. permissions.Organizations.Select(o => ("OrganizationArn", o)),
            .. permissions.Units.Select(u => ("OrganizationalUnitArn", u))];
        if (permissions.Public) all.Add(("Group", "all"));
        return new() { ["LaunchPermissions"] = List(all, p => new JsonObject { [p.Member] = p.Value }) };
    }

    private static async Task<string> CopyAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        NotTaken(stock, given);
        return await at.Images.CopyAsync(new ImageCopy(Text(given, "SourceRegion"), Text(given, "SourceImageId"), Text(given, "Name"), Text(given, "Description"),
            Tags(given["TagSpecification"]?[0]?["Tag"]), given["KmsKeyId"]?.ToString(), given["Encrypted"]?.ToString() == "true", Text(given, "ClientToken")), default);
    }

    internal static void NotTaken(FakeStock stock, JsonObject given)
    {
        if (stock.Images.Values.FirstOrDefault(i => i.Name == Text(given, "Name")) is { } there)
            throw new ServiceRefusal("InvalidAMIName.Duplicate", $"AMI name {there.Name} is already in use by AMI {there.Id}");
    }

    private static Task<string> StartAsync(ICloudRegion at, JsonObject given) => at.Snapshots.StartAsync(new NewSnapshot((long)Number(given, "VolumeSize") << 30,
        Text(given, "Description"), given["ParentSnapshotId"]?.ToString(), given["Encrypted"]?.GetValue<bool>() == true, given["KmsKeyArn"]?.ToString(),
        Tags(given["Tags"]), Text(given, "ClientToken")), default);

    // A reply that got lost is asked for again.
    private static async Task CompleteAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        if (stock.Snapshots[Text(given, "SnapshotId")].Shown.State != "completed")
            await at.Snapshots.CompleteAsync(Text(given, "SnapshotId"), Number(given, "ChangedBlocksCount"), Convert.FromBase64String(Text(given, "Checksum")), default);
    }

    private static JsonObject Parameter(FakeStock stock, string name) =>
        new() { ["Name"] = name, ["Type"] = "String", ["Value"] = stock.Parameters[name], ["Version"] = 1, ["ARN"] = $"arn:aws:ssm:::parameter{name}" };

    private static JsonArray Templates(FakeStock stock, JsonObject given)
    {
        List<string> wanted = [.. Texts(given["LaunchTemplateIds"]), .. Texts(given["LaunchTemplateNames"])];
        if (wanted.Find(w => !stock.Templates.ContainsKey(w)) is { } missing) throw new ServiceRefusal("InvalidLaunchTemplateId.NotFound", $"{missing} does not exist.");
        return List(stock.Templates.Where(t => wanted.Count == 0 || wanted.Contains(t.Key)), t => new JsonObject
        {
            ["LaunchTemplateId"] = t.Key,
            ["LaunchTemplateName"] = t.Key,
            ["DefaultVersionNumber"] = t.Value.Default,
            ["LatestVersionNumber"] = t.Value.Images.Count,
        });
    }

    private static JsonArray Versions(FakeStock stock, JsonObject given)
    {
        var wanted = Texts(given["Versions"]);
        var images = stock.Templates[Text(given, "LaunchTemplateId")].Images;
        return List(images.Index().Where(v => v.Item is not null && (wanted.Count == 0 || wanted.Contains((v.Index + 1).ToString(CultureInfo.InvariantCulture)))),
            v => new JsonObject { ["VersionNumber"] = v.Index + 1, ["LaunchTemplateData"] = new JsonObject { ["ImageId"] = v.Item } });
    }

    internal static bool Fits(JsonObject given, IReadOnlyDictionary<string, string> tags, string name) => (given["Filters"]?.AsArray() ?? []).All(f =>
    {
        var (what, values) = (Text(f!.AsObject(), "Name"), Texts(f["Values"])); // lists have no holes
        return values.Contains(what == "name" ? name : what.StartsWith("tag:", StringComparison.Ordinal) ? tags.GetValueOrDefault(what[4..]) ?? "" : "");
    });

    internal static string Known<T>(Dictionary<string, T> all, JsonObject given, string member, string code)
    {
        var id = Text(given, member);
        return all.ContainsKey(id) ? id : throw new ServiceRefusal(code, $"{id} does not exist.");
    }

    internal static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode> of) => new([.. items.Select(of)]);

    internal static JsonArray Tags(IReadOnlyDictionary<string, string> tags) => List(tags, t => new JsonObject { ["Key"] = t.Key, ["Value"] = t.Value });

    internal static Dictionary<string, string> Tags(JsonNode? tags) =>
        (tags?.AsArray() ?? []).ToDictionary(t => Text(t!.AsObject(), "Key"), t => Text(t!.AsObject(), "Value")); // as above

    internal static string Text(JsonObject given, string member) => given[member]?.ToString() ?? "";

    private static int Number(JsonObject given, string member) => int.Parse(Text(given, member), CultureInfo.InvariantCulture);

    internal static List<string> Texts(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(t => t!.ToString())]; // as above
}

/// <summary>A service says no.</summary>
internal sealed class ServiceRefusal(string code, string message, int status = 400) : Exception(message)
{
    public string Code => code;

    public int Status => status;
}
