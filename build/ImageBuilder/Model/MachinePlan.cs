namespace ImageBuilder.Model;

/// <summary>The machine of a cloud that an image is built and tested on, as its recipe says under <c>aws</c>.</summary>
public sealed record MachinePlan
{
    /// <summary>Null: the caller's.</summary>
    public string? Region { get; init; }

    /// <summary>ARN of the role that is taken on in another account; null: the caller's own.</summary>
    public string? Role { get; init; }

    /// <summary>Tried in this order.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    public bool Spot { get; init; }

    /// <summary>Name of the instance profile by which Systems Manager reaches the machine; null: the account lets it reach all.</summary>
    public string? Profile { get; init; }

    /// <summary>Null: one of the default network.</summary>
    public string? Subnet { get; init; }

    /// <summary>Empty: one that lets nothing in is made for the build.</summary>
    public IReadOnlyList<string> SecurityGroups { get; init; } = [];

    /// <summary>GiB of the root volume; null: the parent's.</summary>
    public int? VolumeGiB { get; init; }

    public bool Encrypted { get; init; } = true;

    /// <summary>Key that volume and image are encrypted with: id, alias or ARN; null: the account's default key.</summary>
    public string? Key { get; init; }

    /// <summary>Text that the build instance gets at its start; null: none.</summary>
    public string? UserData { get; init; }

    /// <summary>Bucket for steps that are too large to be sent as they are; null: none.</summary>
    public string? Bucket { get; init; }

    /// <summary>Group of CloudWatch Logs that gets the output of all steps; null: none.</summary>
    public string? LogGroup { get; init; }

    /// <summary>What of it decides what the image is.</summary>
    public IEnumerable<string> Content =>
        ["machine", VolumeGiB?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", Encrypted ? "encrypted" : "", Key ?? "", UserData ?? ""];
}
