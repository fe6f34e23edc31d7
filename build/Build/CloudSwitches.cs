namespace Build;

/// <summary>The switches of those targets that are about a cloud.</summary>
public static class CloudSwitches
{
    public static readonly Switch Region = new(
        "region", "REGION", "Region of AWS that is looked through, or that the target is about; may be repeated for Sweep and Images.", "all that the account may use")
    {
        Repeats = true,
        Of = ["Sweep", "StartBuild", "ImportImage", "ExportImage", "RunCommand", "Share", "Images"],
    };

    public static readonly Switch Role = new(
        "role", "ARN", "Role of another account of AWS that is taken on and looked through as well; may be repeated.")
    {
        Repeats = true,
        Of = ["Sweep", "Images"],
    };

    public static readonly Switch AllowPublic = new(
        "allow-public", null, "Distribute may give an image to everybody, as a recipe with `public: true` wants.")
    {
        Of = ["Distribute", "Promote"],
    };

    public static readonly Switch Ci = new("ci", "NAMES", "CI systems that Ci writes files for: codepipeline, github, gitlab, with commas between.",
        "those that have such files; codepipeline where there are none")
    {
        Of = ["Ci"],
    };

    public static readonly Switch Project = new("project", "NAME", "Project of CodeBuild that StartBuild starts a build of; .ci/pipeline.yml makes one.")
    {
        Of = ["StartBuild"],
    };

    public static readonly Switch SourceVersion = new("source-version", "REF", "Branch, tag or commit that StartBuild has built.", "the project's branch")
    {
        Of = ["StartBuild"],
    };

    public static readonly Switch Build = new("build", "ID", "Build that StartBuild goes on to follow, instead of starting one.")
    {
        Of = ["StartBuild"],
    };

    public static readonly Switch Stop = new("stop", null, "StartBuild ends the build of --build=.")
    {
        Of = ["StartBuild"],
    };

    public static readonly Switch File = new("file", "FILE", "Disk of a machine that ImportImage imports: OVA, VMDK, VHDX, VHD or RAW, told by the extension.")
    {
        Of = ["ImportImage"],
    };

    public static readonly Switch Image = new("image", "ID", "Machine image that ExportImage exports, e.g. ami-0123456789abcdef0.")
    {
        Of = ["ExportImage"],
    };

    public static readonly Switch Instance = new("instance", "ID", "Instance that RunCommand runs commands in, e.g. i-0123456789abcdef0.")
    {
        Of = ["RunCommand"],
    };

    public static readonly Switch Commands = new("command", "TEXT", "What RunCommand runs there.", "what is piped in")
    {
        Of = ["RunCommand"],
    };

    public static readonly Switch Bucket = new("bucket", "NAME", "Bucket in the same region through which AWS takes or gives the disk of ImportImage and ExportImage.")
    {
        Of = ["ImportImage", "ExportImage"],
    };

    public static readonly Switch Architecture = new("architecture", "NAME", "Architecture of the machine that ImportImage imports.", "x86_64, the only one that AWS imports")
    {
        Of = ["ImportImage"],
    };

    public static readonly Switch BootMode = new("boot-mode", "MODE", "How it boots: legacy-bios, uefi or uefi-preferred.", "AWS finds out")
    {
        Of = ["ImportImage"],
    };

    public static readonly Switch License = new("license", "WHOSE", "License of the system that ImportImage imports: AWS or BYOL.", "AWS chooses")
    {
        Of = ["ImportImage"],
    };

    public static readonly Switch Resource = new("resource", "ARN", "What Share shares, e.g. a component or recipe of EC2 Image Builder; may be repeated.")
    {
        Repeats = true,
        Of = ["Share"],
    };

    public static readonly Switch With = new("with", "WHOM",
        "Whom Share shares it with: an account by number or, in the organization, by name; `organization`; ou-…; an ARN; may be repeated.")
    {
        Repeats = true,
        Of = ["Share"],
    };

    public static readonly Switch Share = new("share", "NAME", "Name of the share that Share makes, changes or ends.", "imagebuilder")
    {
        Of = ["Share"],
    };

    public static readonly Switch AllowOutside = new("allow-outside", null, "Share may give to accounts outside the organization, which have to accept.")
    {
        Of = ["Share"],
    };

    public static readonly Switch Unshare = new("unshare", null, "Share ends the share of --share=.")
    {
        Of = ["Share"],
    };

    /// <summary>In the order in which help shows them.</summary>
    public static IReadOnlyList<Switch> All { get; } =
        [AllowPublic, Region, Role, Ci, Project, SourceVersion, Build, Stop, File, Image, Instance, Commands, Bucket, Architecture, BootMode, License,
        Resource, With, Share, AllowOutside, Unshare];
}
