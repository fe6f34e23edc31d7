using ImageBuilder.Problems;

namespace ImageBuilder.Model;

/// <summary>Where a finished image goes, as its recipe says. Another distribution makes no other image.</summary>
/// <param name="Topic">ARN of a topic that is told; null: nobody is.</param>
public sealed record DistributionPlan(
    IReadOnlyList<AmiTarget> Amis, IReadOnlyList<BucketTarget> Buckets, IReadOnlyList<FolderTarget> Folders, string? Topic)
{
    public static DistributionPlan None { get; } = new([], [], [], null);

    public bool IsEmpty => Amis.Count + Buckets.Count + Folders.Count == 0;
}

/// <summary>Machine images of one account, in some regions.</summary>
/// <param name="Role">ARN of the role that is taken on in the account; null: it is the caller's.</param>
/// <param name="Name">With <c>{{ imagebuilder:… }}</c>; null: the image's own.</param>
public sealed record AmiTarget(IReadOnlyList<string> Regions, string? Role, string? Name, Place At)
{
    public string Description { get; init; } = "";

    /// <summary>Values with <c>{{ imagebuilder:… }}</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public bool Encrypted { get; init; }

    /// <summary>Keys by region; under the empty name: for all others.</summary>
    public IReadOnlyDictionary<string, string> Keys { get; init; } = new Dictionary<string, string>();

    /// <summary>Buckets by region, through which VM Import/Export makes the snapshots; empty: they are written block by block.</summary>
    public IReadOnlyDictionary<string, string> ImportBuckets { get; init; } = new Dictionary<string, string>();

    /// <summary>With a TPM 2.0.</summary>
    public bool Tpm { get; init; }

    public AmiPermissions Permissions { get; init; } = new();

    public IReadOnlyList<TemplateTarget> Templates { get; init; } = [];

    /// <summary>Parameters of the Parameter Store that get the image's id.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Days until the image is deprecated; null: it is not.</summary>
    public int? DeprecateAfterDays { get; init; }

    public FastLaunchTarget? FastLaunch { get; init; }

    /// <summary>ARNs of license configurations.</summary>
    public IReadOnlyList<string> Licenses { get; init; } = [];
}

/// <summary>Who may start machines from an image besides its owner.</summary>
public sealed record AmiPermissions
{
    public bool Public { get; init; }

    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>ARNs.</summary>
    public IReadOnlyList<string> Organizations { get; init; } = [];

    /// <summary>ARNs.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];

    public bool IsPrivate => !Public && Accounts.Count + Organizations.Count + Units.Count == 0;
}

/// <summary>A launch template that gets a version with the image.</summary>
/// <param name="Id">Id or name.</param>
public sealed record TemplateTarget(string Id, bool SetDefault);

/// <summary>Prepared snapshots of a Windows image.</summary>
public sealed record FastLaunchTarget(int Snapshots, int Parallel, string? Template, string? TemplateVersion);

/// <summary>Files of an image in S3.</summary>
/// <param name="Prefix">Before the file names, with <c>{{ imagebuilder:… }}</c>.</param>
/// <param name="Formats">Empty: all.</param>
/// <param name="Owner">Account that the bucket must belong to; null: any.</param>
public sealed record BucketTarget(string Bucket, string Prefix, IReadOnlyList<string> Formats, string? Region, string? Role, string? Owner, Place At);

/// <summary>Files of an image in a folder of this machine.</summary>
/// <param name="Path">With <c>{{ imagebuilder:… }}</c>; relative to the repository.</param>
/// <param name="Formats">Empty: all.</param>
public sealed record FolderTarget(string Path, IReadOnlyList<string> Formats, Place At);
