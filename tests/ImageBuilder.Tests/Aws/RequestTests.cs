using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageBuilder.Aws;
using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Aws;

/// <summary>What our own client asks services of is compared with their public models: no member that is unknown, none missing, none of another type.</summary>
public sealed class RequestTests : IDisposable
{
    private const string Image = "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0";
    private const string Snapshot = "snap-0123456789abcdef0";

    private static readonly Dictionary<string, string> s_tags = new() { ["imagebuilder:recipe"] = "web" };

    private readonly ModelServer _server = new();
    private readonly AmazonCloud _cloud;

    public RequestTests() => _cloud = new AmazonCloud(name => name switch
    {
        "AWS_ENDPOINT_URL" => _server.Address,
        "AWS_REGION" => "eu-west-1",
        "AWS_ACCESS_KEY_ID" => "key",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        _ => null,
    }, TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ICloudRegion Region => _cloud.At(new CloudPlace("eu-west-1"));

    public void Dispose()
    {
        _cloud.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Blocks_of_snapshots()
    {
        var block = new byte[524_288];
        _server.Answers["StartSnapshot"] = $$"""{"SnapshotId":"{{Snapshot}}"}""";
        _server.Answers["ListSnapshotBlocks"] = """{"Blocks":[{"BlockIndex":7,"BlockToken":"AAE="}]}""";
        _server.Answers["GetSnapshotBlock"] = "block";
        var blocks = Region.Snapshots;
        Assert.Equal(Snapshot, await blocks.StartAsync(new NewSnapshot(1L << 30, "web", null, true, "arn:aws:kms:eu-west-1:123456789012:key/1", s_tags, "token"), Cancel));
        await blocks.StartAsync(new NewSnapshot(1L << 30, "web", Snapshot, false, null, s_tags, "token2"), Cancel);
        await blocks.PutAsync(Snapshot, 7, block, SHA256.HashData(block), Cancel);
        await blocks.CompleteAsync(Snapshot, 1, SHA256.HashData(block), Cancel);
        var listed = Assert.Single(await blocks.BlocksAsync(Snapshot, Cancel));
        Assert.Equal("block"u8.ToArray(), await blocks.ReadAsync(Snapshot, listed, Cancel));
        Fits("ebs:StartSnapshot", "ebs:StartSnapshot", "ebs:PutSnapshotBlock", "ebs:CompleteSnapshot", "ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock");
    }

    [Fact]
    public async Task Builds_and_their_logs()
    {
        _server.Answers["StartBuild"] = """{"build":{"id":"web:1"}}""";
        _server.Answers["BatchGetBuilds"] = """{"builds":[{"id":"web:1","buildStatus":"SUCCEEDED","logs":{"groupName":"g","streamName":"s"}}]}""";
        _server.Answers["GetLogEvents"] = """{"events":[{"message":"line"}],"nextForwardToken":"f/2"}""";
        Assert.Equal("web:1", await Region.Builds.StartAsync(new NewBuild("web", new Dictionary<string, string> { ["RECIPE"] = "web" }, "main"), Cancel));
        Assert.Equal("SUCCEEDED", (await Region.Builds.GetAsync("web:1", Cancel))?.Status);
        await Region.Builds.StopAsync("web:1", Cancel);
        Assert.Equal("f/2", (await Region.Logs.ReadAsync("g", "s", "f/1", Cancel)).Next);
        Fits("codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:StopBuild", "logs:GetLogEvents");
    }

    [Fact]
    public async Task Roles_and_messages()
    {
        _server.Answers["GetRole"] = "<GetRoleResponse><GetRoleResult><Role><Arn>arn</Arn></Role></GetRoleResult></GetRoleResponse>";
        _server.Answers["ListRolePolicies"] =
            "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>one</member></PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>";
        Assert.Equal(["one"], (await Region.Roles.GetAsync("vmimport", Cancel))!.Policies.Keys);
        await Region.Notifier.PublishAsync("arn:aws:sns:eu-west-1:123456789012:images", new string('s', 200), "It is done.", Cancel);
        Fits("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "sns:Publish");
    }

    [Fact]
    public async Task Licenses_shares_and_the_organization()
    {
        const string share = "arn:aws:ram:eu-west-1:123456789012:resource-share/1";
        const string license = "arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-1";
        _server.Answers["CreateResourceShare"] = $$$"""{"resourceShare":{"resourceShareArn":"{{{share}}}"}}""";
        _server.Answers["ListOrganizationalUnitsForParent"] = """{"OrganizationalUnits":[]}""";
        _server.Answers["DescribeOrganization"] = """{"Organization":{"Id":"o-abcdefghij","Arn":"arn","MasterAccountId":"123456789012"}}""";
        await Region.Licenses.OfAsync(Image, Cancel);
        await Region.Licenses.AddAsync(Image, [license], Cancel);
        await Region.Shares.FindAsync(s_tags, Cancel);
        Assert.Equal(share, await Region.Shares.CreateAsync(new NewShare("web", [Image], ["123456789012"], true, s_tags), "token", Cancel));
        await Region.Shares.MembersAsync(share, Cancel);
        await Region.Shares.AddAsync(share, [license], ["123456789012"], Cancel);
        await Region.Shares.RemoveAsync(share, [license], ["123456789012"], Cancel);
        await Region.Shares.AllowOutsideAsync(share, outside: true, Cancel);
        await Region.Shares.DeleteAsync(share, Cancel);
        Assert.Equal("o-abcdefghij", (await Region.Organization.GetAsync(Cancel))?.Id);
        await Region.Organization.AccountsOfAsync("ou-abcd-abcdefgh", Cancel);
        await Region.Organization.AccountsAsync(Cancel);
        Fits("license-manager:ListLicenseSpecificationsForResource", "license-manager:UpdateLicenseSpecificationsForResource",
            "ram:GetResourceShares", "ram:CreateResourceShare",
            "ram:GetResourceShareAssociations", "ram:GetResourceShareAssociations", "ram:AssociateResourceShare", "ram:DisassociateResourceShare",
            "ram:UpdateResourceShare", "ram:DeleteResourceShare",
            "organizations:DescribeOrganization", "organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent", "organizations:ListAccounts");
    }

    [Fact]
    public async Task Machines_and_their_networks()
    {
        const string machine = "i-0123456789abcdef0";
        _server.Answers["RunInstances"] = $"<RunInstancesResponse><instancesSet><item><instanceId>{machine}</instanceId></item></instancesSet></RunInstancesResponse>";
        var compute = Region.Compute;
        var plain = new NewInstance("ami-0123456789abcdef0", "m5.large", s_tags, "token");
        await compute.StartAsync(plain, Cancel);
        await compute.StartAsync(plain with
        {
            Profile = "builder",
            Subnet = "subnet-1",
            Groups = ["sg-1"],
            UserData = "#!/bin/sh",
            Spot = true,
            VolumeGiB = 20,
            Key = "alias/images",
        }, Cancel);
        await compute.GetAsync(machine, Cancel);
        await compute.FindAsync(s_tags, Cancel);
        await compute.FindByImageAsync("ami-0123456789abcdef0", Cancel);
        await compute.HealthAsync(machine, Cancel);
        await compute.StopAsync(machine, Cancel);
        await compute.RestartAsync(machine, Cancel);
        await compute.TerminateAsync(machine, Cancel);
        await compute.ConsoleAsync(machine, Cancel);
        await compute.OfferedAsync(["m5.large"], Cancel);
        await compute.RegionsAsync(Cancel);
        await compute.SubnetAsync("subnet-1", Cancel);
        await compute.DefaultSubnetAsync(Cancel);
        await compute.CreateClosedGroupAsync("imagebuilder", "vpc-1", s_tags, Cancel);
        await compute.FindGroupsAsync(s_tags, Cancel);
        await compute.DeleteGroupAsync("sg-1", Cancel);
        Assert.Equal(17, _server.Asked.Count);
        Fits();
    }

    [Fact]
    public async Task Images_snapshots_and_what_leads_to_them()
    {
        const string image = "ami-0123456789abcdef0";
        _server.Answers["DescribeImageAttribute"] = "<DescribeImageAttributeResponse><launchPermission/></DescribeImageAttributeResponse>";
        var images = Region.Images;
        await images.FindAsync(new ImageQuery { Ids = [image], Owners = ["self"] }, Cancel);
        await images.FindAsync(new ImageQuery { Name = "web *", Architecture = "x86_64", ProductCode = "product", Tags = s_tags }, Cancel);
        await images.RegisterAsync(new NewImage("web", "", "x86_64", Snapshot, 4L << 30, s_tags) { Tpm = "v2.0" }, Cancel);
        await images.CaptureAsync("i-0123456789abcdef0", new NewCapture("web", "", s_tags), Cancel);
        await images.CopyAsync(new ImageCopy("us-east-1", image, "web", "", s_tags, "alias/images", true, "token"), Cancel);
        await images.DeregisterAsync(image, Cancel);
        await images.ShareAsync(image, new LaunchPermissions { Accounts = ["123456789012"] }, Cancel);
        await images.DeprecateAsync(image, DateTimeOffset.UnixEpoch, Cancel);
        await images.EnableFastLaunchAsync(image, new FastLaunch(5, 6, "lt-1", null), Cancel);
        await images.FastLaunchAsync(image, Cancel);
        await Region.Snapshots.FindAsync(s_tags, Cancel);
        await Region.Snapshots.ShareAsync(Snapshot, ["123456789012"], Cancel);
        await Region.Snapshots.DeleteAsync(Snapshot, Cancel);
        await Region.Tags.SetAsync([image], s_tags, Cancel);
        await Region.Templates.GetAsync("web", Cancel);
        await Region.Templates.SetDefaultAsync("lt-1", 2, Cancel);
        await Region.Templates.DeleteVersionAsync("lt-1", 2, Cancel);
        await Region.Templates.ImageOfAsync("lt-1", 2, Cancel);
        await Region.Templates.UsingAsync(image, Cancel);
        Fits();
    }

    [Fact]
    public async Task Imports_and_exports()
    {
        var transfers = Region.Transfers;
        await transfers.ImportSnapshotAsync(new SnapshotImport("disks", "web.vmdk", "VMDK", "web", true, "alias/images", "vmimport", s_tags, "token"), Cancel);
        await transfers.ImportImageAsync(
            new ImageImport("disks", "web.vmdk", "VMDK", "web", "x86_64", "Linux", "uefi", "BYOL", false, null, "vmimport", s_tags, "token"), Cancel);
        await transfers.ExportImageAsync(new ImageExport("ami-0123456789abcdef0", "VMDK", "disks", "exports/", "web", "vmimport", s_tags, "token"), Cancel);
        foreach (var id in (string[])["import-snap-1", "import-ami-1", "export-ami-1"])
        {
            await transfers.GetAsync(id, Cancel);
            await transfers.CancelAsync(id, Cancel);
        }

        await transfers.FindAsync(s_tags, Cancel);
        Fits();
    }

    [Fact]
    public async Task Parameters_and_commands()
    {
        _server.Answers["GetParameter"] = """{"Parameter":{"Name":"/images/web","Type":"String","Value":"ami-1","Version":1}}""";
        Assert.Equal("ami-1", (await Region.Parameters.FindAsync("/images/web", reveal: false, Cancel))?.Value);
        await Region.Parameters.PutAsync("/images/web", "ami-0123456789abcdef0", "aws:ec2:image", Cancel);
        await Region.Parameters.DeleteAsync("/images/web", Cancel);
        Assert.Contains("ssm:PutParameter", _server.Asked);
        Assert.Empty(_server.Requests.Mistakes);
    }

    [Fact]
    public void A_model_finds_what_is_wrong()
    {
        var model = ServiceModel.Of("ram");
        var given = new JsonObject { ["nam"] = "web", ["principals"] = "123456789012", ["allowExternalPrincipals"] = "maybe" };
        var mistakes = model.MistakesIn("CreateResourceShare", given);
        Assert.Equal(4, mistakes.Count); // an unknown member, a missing one, and two of another type
        Assert.Equal(["there is no operation `Share`"], model.MistakesIn("Share", []));
    }

    private void Fits(params string[] asked)
    {
        Fits();
        Assert.Equal(asked, _server.Asked);
    }

    private void Fits()
    {
        _server.Requests.Fit();
        Assert.NotEmpty(_server.Asked);
    }
}
