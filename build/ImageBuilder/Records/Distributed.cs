namespace ImageBuilder.Records;

/// <summary>What of an image is where it shall be: <c>distribution.json</c>. It is complete, or says exactly what is not.</summary>
/// <param name="Build">Number of the image's build.</param>
/// <param name="Made">When the image was made: what names and deprecation dates are computed from.</param>
public sealed record Distributed(string Plan, string DiskSha256, int Build, DateTimeOffset Made, IReadOnlyList<TargetDone> Targets) : IStageRecord
{
    public bool IsComplete => Targets.All(t => t.IsDone);

    /// <summary>What was delivered of this version and is wanted no more: Undo takes it back as well.</summary>
    public IReadOnlyList<TargetDone> Former { get; init; } = [];
}

/// <summary>How it stands with one target.</summary>
/// <param name="Id">The same for the same target in every run.</param>
/// <param name="Kind"><c>ami</c>, <c>s3</c> or <c>folder</c>.</param>
/// <param name="What">Name of the image, or where the files are.</param>
public sealed record TargetDone(string Id, string Kind, string What)
{
    /// <summary>Region of an image or bucket; empty: this machine.</summary>
    public string Region { get; init; } = "";

    public string? Role { get; init; }

    /// <summary>Account that a bucket must belong to; null: any.</summary>
    public string? Owner { get; init; }

    /// <summary>Written, and read back.</summary>
    public bool IsDone { get; init; }

    /// <summary>Whether it was there already.</summary>
    public bool Reused { get; init; }

    /// <summary>Which item of the recipe's list of its kind wants it, from 0.</summary>
    public int Item { get; init; }

    /// <summary>Id of the machine image.</summary>
    public string? Image { get; init; }

    /// <summary>Id of its snapshot.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Who was given the image: <c>everybody</c>, <c>account 123456789012</c>, ARNs.</summary>
    public IReadOnlyList<string> Granted { get; init; } = [];

    /// <summary>Bytes that were sent.</summary>
    public long Sent { get; init; }

    public IReadOnlyList<FileDone> Files { get; init; } = [];

    /// <summary>Why it is not done: code and sentence.</summary>
    public string? Why { get; init; }
}

/// <summary>A file that was delivered.</summary>
/// <param name="Path">Absolute, or <c>s3://bucket/key</c>.</param>
/// <param name="Tag">What S3 calls its content.</param>
public sealed record FileDone(string Path, long Size, string Sha256, string Tag = "");

/// <summary>What now names the image: <c>promotion.json</c>.</summary>
public sealed record Promoted(string Plan, string DiskSha256, IReadOnlyList<Promotion> Promotions) : IStageRecord
{
    public bool IsComplete => Promotions.All(p => p.Why is null);
}

/// <summary>One name that now leads to the image.</summary>
/// <param name="Kind"><c>parameter</c> or <c>template</c>.</param>
/// <param name="Before">The parameter's value, or the template's default version, that was there before; null: there was none.</param>
/// <param name="Now">The image's id, or the number of the template's version.</param>
public sealed record Promotion(string Kind, string Name, string Region, string? Role, string Image, string? Before, string Now)
{
    /// <summary>It was about to be written, with <see cref="Before"/> as it then was; whether it was, the cloud knows.</summary>
    public bool Began { get; init; }

    /// <summary>Why it does not lead there: code and sentence.</summary>
    public string? Why { get; init; }
}
