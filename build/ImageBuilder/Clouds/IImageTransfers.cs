namespace ImageBuilder.Clouds;

/// <summary>VM Import/Export: disks and machines that come from and go to files in buckets.</summary>
public interface IImageTransfers
{
    /// <returns>Id of the task.</returns>
    Task<string> ImportSnapshotAsync(SnapshotImport import, CancellationToken cancel);

    /// <returns>Id of the task.</returns>
    Task<string> ImportImageAsync(ImageImport import, CancellationToken cancel);

    /// <returns>Id of the task.</returns>
    Task<string> ExportImageAsync(ImageExport export, CancellationToken cancel);

    /// <summary>A task of any of the three kinds; null: there is none of that id.</summary>
    Task<TransferTask?> GetAsync(string id, CancellationToken cancel);

    /// <summary>Tasks of all kinds with all of these tags.</summary>
    Task<IReadOnlyList<TransferTask>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    Task CancelAsync(string id, CancellationToken cancel);
}

/// <param name="Format"><c>RAW</c>, <c>VMDK</c>, <c>VHD</c>, <c>VHDX</c>.</param>
/// <param name="Role">Name of the role that the service takes on; null: <c>vmimport</c>.</param>
/// <param name="Token">The same token never makes two.</param>
public sealed record SnapshotImport(
    string Bucket, string Key, string Format, string Description, bool Encrypted, string? KmsKey, string? Role, IReadOnlyDictionary<string, string> Tags, string Token);

/// <param name="Format"><c>RAW</c>, <c>VMDK</c>, <c>VHD</c>, <c>VHDX</c>, <c>OVA</c>.</param>
/// <param name="Platform"><c>Linux</c> or <c>Windows</c>.</param>
/// <param name="BootMode">As of <see cref="NewImage"/>; null: the service finds out.</param>
public sealed record ImageImport(
    string Bucket, string Key, string Format, string Description, string Architecture, string Platform, string? BootMode, string? LicenseType, bool Encrypted,
    string? KmsKey, string? Role, IReadOnlyDictionary<string, string> Tags, string Token);

/// <param name="Format"><c>VMDK</c>, <c>RAW</c>, <c>VHD</c>.</param>
/// <param name="Prefix">Of the object's key, to which the service adds the task's id and the format.</param>
public sealed record ImageExport(
    string Image, string Format, string Bucket, string Prefix, string Description, string? Role, IReadOnlyDictionary<string, string> Tags, string Token);

/// <param name="State"><c>active</c>, <c>completed</c>, <c>deleting</c>, <c>deleted</c>.</param>
/// <param name="Progress">Percent, as the cloud says it.</param>
/// <param name="Message">What it does just now, or why it failed.</param>
/// <param name="Made">Id of the snapshot or image that it makes or made; key of the object that an export writes; null: none yet.</param>
public sealed record TransferTask(string Id, string State, string Progress, string Message, string? Made, IReadOnlyDictionary<string, string> Tags);
