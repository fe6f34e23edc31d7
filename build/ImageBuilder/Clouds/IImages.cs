namespace ImageBuilder.Clouds;

/// <summary>Machine images (AMIs) of a region.</summary>
public interface IImages
{
    /// <summary>Null where there is none of that id, or the caller may not see it.</summary>
    Task<CloudImage?> GetAsync(string id, CancellationToken cancel);

    Task<IReadOnlyList<CloudImage>> FindAsync(ImageQuery query, CancellationToken cancel);

    /// <summary>Makes an image of snapshots.</summary>
    /// <returns>Its id. Called again with the same name and tags it gives the id of what was made before.</returns>
    Task<string> RegisterAsync(NewImage image, CancellationToken cancel);

    /// <summary>Makes an image of an instance, which is shut down for it where it runs.</summary>
    Task<string> CaptureAsync(string instance, NewCapture capture, CancellationToken cancel);

    /// <summary>Copies an image of another region or account to here.</summary>
    Task<string> CopyAsync(ImageCopy copy, CancellationToken cancel);

    /// <summary>Removes an image, and not its snapshots. One that is gone already is well.</summary>
    Task DeregisterAsync(string id, CancellationToken cancel);

    Task<LaunchPermissions> PermissionsAsync(string id, CancellationToken cancel);

    /// <summary>Allows and forbids what makes the image's permissions these.</summary>
    Task ShareAsync(string id, LaunchPermissions wanted, CancellationToken cancel);

    Task DeprecateAsync(string id, DateTimeOffset from, CancellationToken cancel);

    /// <summary>Keeps prepared snapshots of a Windows image.</summary>
    Task EnableFastLaunchAsync(string id, FastLaunch wanted, CancellationToken cancel);

    /// <summary>The state of fast launch: <c>enabling</c>, <c>enabled</c>, …; null: never asked for.</summary>
    Task<string?> FastLaunchAsync(string id, CancellationToken cancel);
}

/// <summary>Which images are looked for; what is null or empty does not matter.</summary>
public sealed record ImageQuery
{
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>With <c>*</c> and <c>?</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Accounts, <c>self</c>, <c>amazon</c> or <c>aws-marketplace</c>.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    /// <summary>The image must have all of these.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>As in <c>x86_64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>Code of a product of the Marketplace.</summary>
    public string? ProductCode { get; init; }
}

/// <summary>A machine image as it is.</summary>
/// <param name="State"><c>pending</c>, <c>available</c>, <c>failed</c>, <c>deregistered</c>, <c>disabled</c>, …</param>
/// <param name="Why">Why it failed; empty: nothing is said.</param>
/// <param name="Snapshots">Ids, of the root device first.</param>
public sealed record CloudImage(
    string Id, string Name, string State, string Why, string Owner, DateTimeOffset Created, IReadOnlyList<string> Snapshots, IReadOnlyDictionary<string, string> Tags)
{
    public string Description { get; init; } = "";

    public string Architecture { get; init; } = "";

    /// <summary><c>windows</c>, or empty.</summary>
    public string Platform { get; init; } = "";

    /// <summary><c>legacy-bios</c>, <c>uefi</c>, <c>uefi-preferred</c>, or empty.</summary>
    public string BootMode { get; init; } = "";

    public string Tpm { get; init; } = "";

    public string Imds { get; init; } = "";

    public bool Ena { get; init; }

    public string RootDevice { get; init; } = "";

    /// <summary>Size of the root device; 0: not known.</summary>
    public int RootGiB { get; init; }

    public bool Public { get; init; }

    public DateTimeOffset? Deprecated { get; init; }

    /// <summary>Products of the Marketplace that whoever launches it must be subscribed to.</summary>
    public IReadOnlyList<string> ProductCodes { get; init; } = [];
}

/// <summary>An image to be registered.</summary>
/// <param name="Name">Unique in region and account.</param>
/// <param name="Architecture">As in <c>x86_64</c>, <c>arm64</c>.</param>
/// <param name="Snapshot">Of the root device.</param>
/// <param name="Bytes">Size of the root device, a multiple of 1 GiB.</param>
public sealed record NewImage(
    string Name, string Description, string Architecture, string Snapshot, long Bytes, IReadOnlyDictionary<string, string> Tags)
{
    public string RootDevice { get; init; } = "/dev/xvda";

    public string BootMode { get; init; } = "uefi-preferred";

    /// <summary><c>v2.0</c>, or null: none.</summary>
    public string? Tpm { get; init; }

    /// <summary><c>v2.0</c>: instances answer questions about themselves to whoever has a session only.</summary>
    public string? Imds { get; init; } = "v2.0";

    public string VolumeType { get; init; } = "gp3";
}

/// <summary>An image to be made of an instance.</summary>
public sealed record NewCapture(string Name, string Description, IReadOnlyDictionary<string, string> Tags);

/// <summary>An image to be copied.</summary>
/// <param name="Key">Key that its snapshots are encrypted with: id, alias or ARN; null: as they are, or with the account's default key.</param>
/// <param name="Token">The same token never makes two.</param>
public sealed record ImageCopy(
    string SourceRegion, string SourceImage, string Name, string Description, IReadOnlyDictionary<string, string> Tags, string? Key, bool Encrypted, string Token);

/// <summary>Who may start machines from an image.</summary>
public sealed record LaunchPermissions
{
    /// <summary>Everybody.</summary>
    public bool Public { get; init; }

    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>ARNs.</summary>
    public IReadOnlyList<string> Organizations { get; init; } = [];

    /// <summary>ARNs.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];

    /// <summary>Order does not matter.</summary>
    public bool IsSame(LaunchPermissions other) => Public == other.Public && Accounts.ToHashSet().SetEquals(other.Accounts)
        && Organizations.ToHashSet().SetEquals(other.Organizations) && Units.ToHashSet().SetEquals(other.Units);

    public bool IsPrivate => !Public && Accounts.Count + Organizations.Count + Units.Count == 0;
}

/// <summary>Prepared snapshots of a Windows image.</summary>
public sealed record FastLaunch(int Snapshots, int Parallel, string? TemplateId, string? TemplateVersion);
