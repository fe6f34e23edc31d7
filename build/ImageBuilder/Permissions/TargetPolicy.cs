using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageBuilder.Permissions;

/// <summary>
/// The least that whoever runs a target must be allowed to do, as a policy of IAM. A test runs the targets and compares what they ask for with it.
/// Sources: service authorization reference of EC2, EBS, Systems Manager, S3, KMS.
/// </summary>
public sealed class TargetPolicy(Reach reach)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Version = "2012-10-17";

    /// <summary>Targets that ask AWS for something. <c>Build</c> is everything up to TestImage with the aws engine.</summary>
    public static IReadOnlyList<string> Targets { get; } =
        ["Build", "Distribute", "Promote", "Undo", "Sweep", "ImportImage", "ExportImage", "RunCommand", "StartBuild", "Share", "Images"];

    /// <summary>The text of a target's policy, JSON.</summary>
    public string Of(string target) => Text(StatementsOf(target));

    /// <summary>The policy of a role in another account that takes part in a distribution: all that is done there.</summary>
    public string OfRole() => Text([.. StatementsOf("Distribute").Concat(StatementsOf("Promote")).Concat(StatementsOf("Undo"))
        .Where(s => s.Sid != "TakeOnRoles").GroupBy(s => s.Sid).Select(g => g.First() with { Actions = [.. g.SelectMany(s => s.Actions).Distinct()] })]);

    /// <summary>Who may take on such a role: accounts, with a place for the caller's.</summary>
    public static string TrustOf(string account) => new JsonObject
    {
        ["Version"] = Version,
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = $"arn:aws:iam::{account}:root" },
            ["Action"] = "sts:AssumeRole",
        }),
    }.ToJsonString(s_json) + "\n";

    /// <summary>A service control policy by which nobody starts machines of other images than these.</summary>
    /// <param name="images">Ids of approved images.</param>
    public string OnlyImages(IEnumerable<string> images)
    {
        string[] others = ["instance", "network-interface", "security-group", "subnet", "volume", "key-pair", "launch-template", "placement-group", "snapshot"];
        return new JsonObject
        {
            ["Version"] = Version,
            ["Statement"] = new JsonArray(new JsonObject
            {
                ["Sid"] = "OnlyApprovedImages",
                ["Effect"] = "Deny",
                ["Action"] = "ec2:RunInstances",
                ["NotResource"] = new JsonArray([.. others.Select(o => JsonValue.Create($"{reach.Arn("ec2", "*", "*")}{o}/*")),
                    .. images.Distinct().Order(StringComparer.Ordinal).Select(i => JsonValue.Create($"{reach.Arn("ec2", "*", "")}image/{i}"))]),
            }),
        }.ToJsonString(s_json) + "\n";
    }

    /// <summary>
    /// A declarative policy of EC2 by which only images of these accounts count as allowed. It begins with a report of what would be refused: once that
    /// is as it should be, its state becomes <c>enabled</c>. Source: AWS Organizations, syntax of declarative policies.
    /// </summary>
    public static string OnlyImagesOf(IEnumerable<string> accounts)
    {
        var providers = new JsonArray([.. accounts.Distinct().Order(StringComparer.Ordinal).Select(a => JsonValue.Create(a))]);
        return new JsonObject
        {
            ["ec2_attributes"] = new JsonObject
            {
                ["allowed_images_settings"] = new JsonObject
                {
                    ["state"] = new JsonObject { ["@@assign"] = "audit_mode" },
                    ["image_criteria"] = new JsonObject
                    {
                        ["criteria_1"] = new JsonObject { ["allowed_image_providers"] = new JsonObject { ["@@append"] = providers } },
                    },
                },
            },
        }.ToJsonString(s_json) + "\n";
    }

    /// <summary>As <see cref="Of"/>.</summary>
    public IReadOnlyList<Statement> StatementsOf(string target) => [.. (target switch
    {
        "Build" => Build(),
        "Distribute" => Distribute(),
        "Promote" => Promote(),
        "Undo" => Undo(),
        "Sweep" => Sweep(),
        "ImportImage" => Import(),
        "ExportImage" => Export(),
        "RunCommand" => [Look("ec2:DescribeInstances", "ssm:GetCommandInvocation", "ssm:ListCommands"), .. Commands(own: false)],
        "StartBuild" => [new Statement("Builds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], [$"{reach.Arn("codebuild", "*", "*")}project/*"]),
            new Statement("Logs", ["logs:GetLogEvents"], [$"{reach.Arn("logs", "*", "*")}log-group:/aws/codebuild/*"])],
        "Share" => [Look("ram:GetResourceShares", "ram:GetResourceShareAssociations", "organizations:DescribeOrganization", "organizations:ListAccounts"),
            Anything("Make", "ram:CreateResourceShare", "ram:TagResource"),
            Own("OwnShares", "ram:AssociateResourceShare", "ram:DisassociateResourceShare", "ram:UpdateResourceShare", "ram:DeleteResourceShare")],
        "Images" => [Look("ec2:DescribeImages"), Roles()],
        _ => throw new ArgumentException($"`{target}` asks AWS for nothing.", nameof(target)),
    }).Where(s => s.Actions.Count > 0 && s.Resources.Count > 0)];

    private IEnumerable<Statement> Build() =>
    [
        Look("sts:GetCallerIdentity", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            "ec2:GetConsoleOutput", "ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation", "ssm:ListCommands"),
        new("ParentImages", ["ssm:GetParameter"], [$"{reach.Arn("ssm", "*", "*")}parameter/*"]),
        Anything("Make", "ec2:RunInstances", "ec2:CreateSecurityGroup", "ec2:CreateImage", "ec2:CreateTags"),
        Own("OwnMachines", "ec2:StopInstances", "ec2:RebootInstances", "ec2:TerminateInstances", "ec2:DeleteSecurityGroup"),
        Own("OwnImages", "ec2:DeregisterImage", "ec2:DeleteSnapshot"),
        new("InstanceProfile", ["iam:PassRole"], reach.Plans.Any(p => p.Machine?.Profile is not null) ? [$"{reach.Arn("iam", "", "*")}role/*"] : [])
        {
            Conditions = [("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")],
        },
        .. Commands(own: true),
        new("Steps", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], [.. reach.StepBuckets.Select(b => $"{reach.Arn("s3", "", "")}{b}/imagebuilder/*")]),
        new("StepLogs", ["logs:GetLogEvents"],
            [.. reach.Plans.Select(p => p.Machine?.LogGroup).OfType<string>().Distinct().Select(g => $"{reach.Arn("logs", "*", "*")}log-group:{g}:*")]),
        Keys("kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey"),
        Roles(),
    ];

    private IEnumerable<Statement> Distribute() =>
    [
        Look("sts:GetCallerIdentity", "ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeImageAttribute"),
        Anything("Make", "ebs:StartSnapshot", "ec2:RegisterImage", "ec2:CopyImage", "ec2:CreateTags"),
        new("Blocks", ["ebs:PutSnapshotBlock", "ebs:CompleteSnapshot", "ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock"], [$"{reach.Arn("ec2", "*", "")}snapshot/*"])
        {
            OnOwn = true,
            Regions = reach.Regions,
        },
        Own("OwnImages", [.. reach.IsShared ? ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"] : (string[])[],
            .. reach.Amis.Any(a => a.DeprecateAfterDays is not null) ? ["ec2:EnableImageDeprecation"] : (string[])[],
            .. reach.Amis.Any(a => a.FastLaunch is not null) ? ["ec2:EnableFastLaunch"] : (string[])[]]),
        reach.Amis.Any(a => a.FastLaunch is not null) ? Look("ec2:DescribeFastLaunchImages", "ec2:DescribeLaunchTemplates") with { Sid = "LookAtFastLaunch" } : Nothing,
        reach.Amis.Any(a => a.Licenses.Count > 0)
            ? Anything("Licenses", "license-manager:ListLicenseSpecificationsForResource", "license-manager:UpdateLicenseSpecificationsForResource") : Nothing,
        .. reach.ImportBuckets.Count > 0 ? ImportBuckets() : [],
        .. Bucket("s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"),
        new("Tell", ["sns:Publish"], reach.Topics),
        Keys("kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt", "kms:ReEncrypt*"),
        Roles(),
    ];

    private IEnumerable<Statement> ImportBuckets() =>
    [
        Look("ec2:DescribeImportSnapshotTasks", "ec2:DescribeImportImageTasks", "ec2:DescribeExportImageTasks") with { Sid = "LookAtImports" },
        Anything("Import", "ec2:ImportSnapshot", "ec2:CancelImportTask"),
        ImportRole("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"),
        new("Disks", ["s3:GetBucketLocation", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            [.. reach.ImportBuckets.SelectMany(b => (string[])[$"{reach.Arn("s3", "", "")}{b}", $"{reach.Arn("s3", "", "")}{b}/imports/*"])]),
    ];

    private IEnumerable<Statement> Promote() =>
    [
        HasTemplates ? Look("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions") : Nothing,
        HasTemplates ? Anything("Templates", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate") : Nothing,
        new("Parameters", ["ssm:GetParameter", "ssm:PutParameter"], reach.Parameters),
        // A parameter of the type aws:ec2:image is checked against the image by whoever writes it.
        reach.Parameters.Count > 0 ? Look("ec2:DescribeImages") with { Sid = "LookAtImages" } : Nothing,
        Roles(),
    ];

    private IEnumerable<Statement> Undo() =>
    [
        Look("ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeImageAttribute", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplates",
            "ec2:DescribeLaunchTemplateVersions", "ssm:DescribeParameters"),
        // Any parameter may lead to the image.
        new("AnyParameter", ["ssm:GetParameter", "ssm:GetParameters"], [$"{reach.Arn("ssm", "*", "*")}parameter/*"]),
        new("Parameters", ["ssm:PutParameter", "ssm:DeleteParameter"], reach.Parameters),
        HasTemplates ? Anything("Templates", "ec2:ModifyLaunchTemplate", "ec2:DeleteLaunchTemplateVersions") : Nothing,
        Own("OwnImages", "ec2:DeregisterImage", "ec2:DeleteSnapshot"),
        .. Bucket("s3:GetObject", "s3:DeleteObject"),
        Roles(),
    ];

    private IEnumerable<Statement> Sweep() =>
    [
        Look("ec2:DescribeRegions", "ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeImageAttribute", "ec2:DescribeInstances", "ec2:DescribeSecurityGroups",
            "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeImportSnapshotTasks", "ec2:DescribeImportImageTasks",
            "ec2:DescribeExportImageTasks", "ssm:DescribeParameters", "ram:GetResourceShares"),
        new("AnyParameter", ["ssm:GetParameters"], [$"{reach.Arn("ssm", "*", "*")}parameter/*"]),
        Own("OwnMachines", "ec2:TerminateInstances", "ec2:DeleteSecurityGroup"),
        Own("OwnImages", "ec2:DeregisterImage", "ec2:DeleteSnapshot"),
        Anything("Transfers", "ec2:CancelExportTask", "ec2:CancelImportTask"),
        Own("OwnShares", "ram:DeleteResourceShare"),
        HasTemplates ? Anything("Templates", "ec2:DeleteLaunchTemplateVersions") : Nothing,
        .. Bucket("s3:DeleteObject"),
        Roles(),
    ];

    private IEnumerable<Statement> Import() =>
    [
        Look("ec2:DescribeImages", "ec2:DescribeImportImageTasks"),
        Anything("Import", "ec2:ImportImage", "ec2:CancelImportTask", "ec2:CreateTags"),
        ImportRole("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"),
        new("Disks", ["s3:GetBucketLocation", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], [$"{reach.Arn("s3", "", "")}*"]),
    ];

    private IEnumerable<Statement> Export() =>
    [
        Look("sts:GetCallerIdentity", "ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeExportImageTasks"),
        Anything("Export", "ec2:ExportImage", "ec2:CancelExportTask", "ec2:CreateTags"),
        ImportRole("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"),
        new("Disks", ["s3:GetBucketLocation", "s3:GetObject", "s3:DeleteObject"], [$"{reach.Arn("s3", "", "")}*"]),
    ];

    private static readonly Statement Nothing = new("", [], []);

    private bool HasTemplates => reach.Amis.Any(a => a.Templates.Count > 0);

    // What only looks can be narrowed to no resource.
    private static Statement Look(params string[] actions) => new("Look", actions, ["*"]);

    private Statement Anything(string sid, params string[] actions) => new(sid, actions, ["*"]) { Regions = reach.Regions };

    private Statement Own(string sid, params string[] actions) => new(sid, actions, ["*"]) { OnOwn = true, Regions = reach.Regions };

    private Statement[] Commands(bool own) =>
    [
        new("CommandDocuments", ["ssm:SendCommand"], [.. ((string[])["AWS-RunShellScript", "AWS-RunPowerShellScript"]).Select(d => $"{reach.Arn("ssm", "*", "")}document/{d}")]),
        new("CommandMachines", ["ssm:SendCommand"], [$"{reach.Arn("ec2", "*", "*")}instance/*"])
        {
            Conditions = own ? [("Null", "ssm:resourceTag/imagebuilder:run", "false")] : [],
        },
        new("EndCommands", ["ssm:CancelCommand"], ["*"]),
    ];

    private Statement[] Bucket(params string[] actions) =>
        [new("Objects", actions, reach.Objects), new("Buckets", ["s3:GetBucketLocation", "s3:ListBucket"], reach.Buckets)];

    private Statement Keys(params string[] actions) => new("Keys", actions, reach.Keys);

    private Statement Roles() => new("TakeOnRoles", ["sts:AssumeRole"], reach.Roles);

    private Statement ImportRole(params string[] actions) => new("ImportRole", [.. actions, "iam:PassRole"], [$"{reach.Arn("iam", "", "*")}role/vmimport"]);

    private static string Text(IReadOnlyList<Statement> statements) => new JsonObject
    {
        ["Version"] = Version,
        ["Statement"] = new JsonArray([.. statements.Select(s => s.ToJson())]),
    }.ToJsonString(s_json) + "\n";
}
