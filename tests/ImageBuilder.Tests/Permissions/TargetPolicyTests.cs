using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageBuilder.Clouds;
using ImageBuilder.Engines.Aws;
using ImageBuilder.Exporting;
using ImageBuilder.Model;
using ImageBuilder.Permissions;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Tests.Clouds;
using ImageBuilder.Tests.House;
using ImageBuilder.Tests.Program;

namespace ImageBuilder.Tests.Permissions;

/// <summary>The policies against what the targets really ask for: ports are watched while targets run, and the clients' sources say which actions stand behind each.</summary>
public sealed partial class TargetPolicyTests
{
    private const string West = "eu-west-1";

    private static readonly Place s_at = new("recipes/web/recipe.yml", 9, 5);

    // What services ask for on the caller's behalf, or a client without asking by name.
    private static readonly string[] s_unnamed =
        ["iam:PassRole", "ram:TagResource", "sts:AssumeRole", "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*", "s3:AbortMultipartUpload"];

    private static readonly Dictionary<string, string[]> s_objects = new()
    {
        ["FindAsync"] = ["s3:GetObject"],
        ["DownloadAsync"] = ["s3:GetObject"],
        ["Presign"] = ["s3:GetObject"],
        ["UploadAsync"] = ["s3:PutObject"],
        ["DeleteAsync"] = ["s3:DeleteObject"],
        ["RegionAsync"] = ["s3:GetBucketLocation"],
        ["ListAsync"] = ["s3:ListBucket"],
    };

    [Theory]
    [InlineData("Distribute", "Promote", "Undo", "Sweep")]
    public void What_a_distribution_asks_for_is_allowed(params string[] targets)
    {
        using var world = new FakeWorld();
        world.Clock.Skips = true;
        world.Engine.Disk = new byte[1 << 20];
        world.Engine.Disk[5] = 7;
        var ami = new AmiTarget([West], null, "web {{ imagebuilder:version }}", s_at)
        {
            Parameters = ["/images/web"],
            Templates = [new TemplateTarget("lt-web", SetDefault: true)],
            Permissions = new AmiPermissions { Accounts = ["210987654321"] },
            DeprecateAfterDays = 90,
        };
        world.Plans.Add(FakeWorld.PlanOf("web") with
        {
            Distribution = new DistributionPlan([ami], [new BucketTarget("images", "web/", [], West, null, null, s_at)], [], $"arn:aws:sns:{West}:111122223333:images"),
        });
        world.Cloud.StockOf(West).Templates["lt-web"] = (["ami-old"], 1);
        Check(world, new Reach(world.Plans), targets);
    }

    [Fact]
    public void What_a_build_on_an_instance_asks_for_is_allowed()
    {
        using var world = new FakeWorld();
        world.Clock.Skips = true;
        world.Planner = new Planner();
        world.Exporter = new Exporter();
        world.Engines.Add(new AwsEngine());
        world.Cloud.StockOf(West).Machine = Path.Combine(world.Folder, "machine");
        world.Cloud.StockOf(West).Images["ami-11111111"] = new CloudImage(
            "ami-11111111", "base", "available", "", "123456789012", default, ["snap-1"], new Dictionary<string, string>())
        { Architecture = "x86_64" };
        world.Write("recipes/web/recipe.yml", "schemaVersion: 1.0\nname: web\nversion: 1.0.0\nparentImage: {aws: ami-11111111}\n"
            + "components: [{name: page}]\naws: {region: eu-west-1, instanceTypes: [m5.large]}\n");
        world.Write("components/page/1.0.0/component.yml", """
            name: page
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - {name: Restart, action: Reboot, inputs: {delaySeconds: 0}}
            """);
        var reach = new Reach([FakeWorld.PlanOf("web") with { Machine = new MachinePlan { Region = West } }]);
        var asked = Asked(world, () => Assert.Equal(0, world.Run("--target=TestImage", "--engine=aws")));
        Assert.Contains("ec2:RunInstances", asked);
        Assert.Empty(asked.Except(Allowed(reach, "Build")));
    }

    [Fact]
    public void What_a_distribution_through_buckets_asks_for_is_allowed()
    {
        using var world = new FakeWorld();
        world.Clock.Skips = true;
        world.Engine.Disk = new byte[1 << 20];
        world.Cloud.Roles["vmimport"] = FakeRoles.Import;
        var ami = new AmiTarget([West], null, "web", s_at) { ImportBuckets = new Dictionary<string, string> { [West] = "disks" } };
        world.Plans.Add(FakeWorld.PlanOf("web") with { Distribution = new DistributionPlan([ami], [], [], null) });
        Check(world, new Reach(world.Plans), ["Distribute"]);
    }

    [Fact]
    public void What_sharing_asks_for_is_allowed()
    {
        using var world = new FakeWorld();
        world.Clock.Skips = true;
        world.Cloud.Accounts.Add(new CloudAccount("210987654321", "web", "ACTIVE"));
        string[] share = ["--target=Share", $"--region={West}", $"--resource=arn:aws:imagebuilder:{West}:111122223333:component/web/1.0.0/1"];
        var asked = Asked(world, () =>
        {
            Assert.Equal(0, world.Run([.. share, "--with=web"]));
            Assert.Equal(0, world.Run([.. share, "--with=organization", "--allow-outside"]));
            Assert.Equal(0, world.Run("--target=Share", $"--region={West}", "--unshare"));
        });
        Assert.Contains("ram:DisassociateResourceShare", asked);
        Assert.Empty(asked.Except(Allowed(new Reach([]), "Share")));
    }

    [Fact]
    public void What_listing_asks_for_is_allowed()
    {
        using var world = new FakeWorld();
        var asked = Asked(world, () => Assert.Equal(0, world.Run("--target=Images", $"--region={West}")));
        Assert.Equal(["ec2:DescribeImages"], asked);
        Assert.Empty(asked.Except(Allowed(new Reach([]), "Images")));
    }

    [Fact]
    public void Every_action_of_every_policy_is_one_that_something_asks_for()
    {
        var known = string.Join('\n', Repository.Sources("build/ImageBuilder/Aws").Select(Repository.Text));
        var ami = new AmiTarget([West], "arn:aws:iam::210987654321:role/images", null, s_at)
        {
            Parameters = ["/images/web"],
            Templates = [new TemplateTarget("web", true)],
            FastLaunch = new FastLaunchTarget(5, 6, null, null),
            Licenses = ["arn"],
            ImportBuckets = new Dictionary<string, string> { [West] = "disks" },
            Keys = new Dictionary<string, string> { [""] = "alias/images" },
            Permissions = new AmiPermissions { Accounts = ["210987654321"] },
        };
        var plan = FakeWorld.PlanOf("web") with
        {
            Distribution = new DistributionPlan([ami], [new BucketTarget("images", "", [], null, null, null, s_at)], [], "arn:aws:sns:eu-west-1:111122223333:images"),
            Machine = new MachinePlan { Bucket = "steps", LogGroup = "/steps", Profile = "builder", Key = "alias/images" },
        };
        var all = TargetPolicy.Targets.SelectMany(t => Allowed(new Reach([plan]), t)).Distinct().Except(s_unnamed).Except(s_objects.Values.SelectMany(v => v));
        Assert.All(all, action => Assert.Contains(action, known, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Distributed_images_become_policies_that_allow_no_others()
    {
        using var world = new FakeWorld();
        var plan = FakeWorld.PlanOf("web");
        world.Plans.Add(plan);
        var folder = Path.Combine(world.Folder, "artifacts", "web", "1.0.0");
        Directory.CreateDirectory(folder);
        var target = new TargetDone("1", "ami", "web") { IsDone = true, Image = "ami-1" };
        await RecordFiles.WriteAsync(folder, RecordFiles.DistributionFile, new Distributed("", "", 1, default,
        [
            target, target with { Image = "ami-2", Role = "arn:aws:iam::210987654321:role/images" },
            target with { Image = null }, target with { IsDone = false, Image = "ami-3" },
        ]), CancellationToken.None);
        Assert.Equal(0, world.Run("--target=Iam"));
        string Text(string name) => File.ReadAllText(Path.Combine(world.Folder, "artifacts", "iam", name));
        var images = Text("only-approved-images.scp.json");
        Assert.Contains("image/ami-1\"", images, StringComparison.Ordinal);
        Assert.Contains("image/ami-2\"", images, StringComparison.Ordinal);
        Assert.DoesNotContain("ami-3", images, StringComparison.Ordinal);
        Assert.Equal("""
            {"ec2_attributes":{"allowed_images_settings":{"state":{"@@assign":"audit_mode"},
            "image_criteria":{"criteria_1":{"allowed_image_providers":{"@@append":["210987654321","YOUR-ACCOUNT"]}}}}}}
            """.ReplaceLineEndings(""), string.Concat(Text("allowed-images.declarative.json").Where(c => !char.IsWhiteSpace(c))));
    }

    [Fact]
    public void The_program_writes_policies_that_are_narrowed_to_what_recipes_name()
    {
        using var world = new FakeWorld();
        world.Plans.Add(FakeWorld.PlanOf("web") with
        {
            Distribution = new DistributionPlan([new AmiTarget([West], "arn:aws:iam::210987654321:role/images", null, s_at) { Parameters = ["/images/web"] }], [], [], null),
        });
        Assert.Equal(0, world.Run("--target=Iam"));
        Assert.Empty(world.Cloud.Calls);
        var folder = Path.Combine(world.Folder, "artifacts", "iam");
        Assert.Equal("""
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "Parameters",
                  "Effect": "Allow",
                  "Action": [
                    "ssm:GetParameter",
                    "ssm:PutParameter"
                  ],
                  "Resource": [
                    "arn:aws:ssm:eu-west-1:*:parameter/images/web"
                  ]
                },
                {
                  "Sid": "LookAtImages",
                  "Effect": "Allow",
                  "Action": [
                    "ec2:DescribeImages"
                  ],
                  "Resource": [
                    "*"
                  ]
                },
                {
                  "Sid": "TakeOnRoles",
                  "Effect": "Allow",
                  "Action": [
                    "sts:AssumeRole"
                  ],
                  "Resource": [
                    "arn:aws:iam::210987654321:role/images"
                  ]
                }
              ]
            }

            """, File.ReadAllText(Path.Combine(folder, "Promote.json")));
        foreach (var file in Directory.GetFiles(folder))
            foreach (var statement in JsonNode.Parse(File.ReadAllText(file))!["Statement"]!.AsArray())
                Assert.DoesNotContain(Texts(statement!["Action"]), a => a.EndsWith(":*", StringComparison.Ordinal) || a == "*");
        Assert.Equal(10 + 2, Directory.GetFiles(folder).Length);
    }

    private static void Check(FakeWorld world, Reach reach, IEnumerable<string> targets)
    {
        foreach (var target in targets)
        {
            var asked = Asked(world, () => Assert.Equal(0, world.Run($"--target={target}")));
            Assert.NotEmpty(asked);
            Assert.True(asked.Except(Allowed(reach, target)).ToList() is [], $"{target}: {string.Join(", ", asked.Except(Allowed(reach, target)))}");
        }
    }

    // Of one target alone: the stages before it have run already.
    private static HashSet<string> Asked(FakeWorld world, Action run)
    {
        using var cloud = new RecordingCloud(world.Cloud);
        world.SeenCloud = cloud;
        run();
        return [.. cloud.Called.Keys.SelectMany(ActionsOf)];
    }

    private static IEnumerable<string> Allowed(Reach reach, string target) => new TargetPolicy(reach).StatementsOf(target).SelectMany(s => s.Actions);

    private static IEnumerable<string> ActionsOf(string member)
    {
        var (port, method) = (member.Split('.')[0], member.Split('.')[1]);
        if (port == nameof(IObjectStore)) return s_objects[method];
        if (member == "ICloudRegion.get_Place") return [];
        var source = Repository.Sources("build/ImageBuilder/Aws").Select(Repository.Text).Single(t => Regex.IsMatch(t, $@"\bclass \w+[^{{;]*[:,] (\w+, )*{port}\b"));
        var methods = Members().Split(source).Skip(1).Chunk(2).GroupBy(c => c[0]).ToDictionary(g => g.Key, g => string.Concat(g.Select(c => c[1])));
        var (done, todo) = (new HashSet<string>(), new Queue<string>([method]));
        while (todo.TryDequeue(out var next))
            if (methods.TryGetValue(next, out var body) && done.Add(next))
                foreach (var called in methods.Keys.Where(m => Regex.IsMatch(body, $@"(?<![\w.]){m}\("))) todo.Enqueue(called);
        var actions = done.SelectMany(m => Action().Matches(methods[m]).Select(a => a.Groups[1].Value)).ToList();
        Assert.True(actions.Count > 0, $"No action is known of {member}.");
        return actions;
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node is JsonArray many ? many.Select(n => n!.GetValue<string>()) : [node!.GetValue<string>()];

    [GeneratedRegex(@"^    (?:public|private|internal)[^\n=]*?\b(\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Members();

    [GeneratedRegex("""
        "([a-z0-9-]+:[A-Z][A-Za-z]+)
        """)]
    private static partial Regex Action();
}
