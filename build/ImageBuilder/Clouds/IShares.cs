namespace ImageBuilder.Clouds;

/// <summary>What accounts share with each other (Resource Access Manager).</summary>
public interface IShares
{
    Task<IReadOnlyList<CloudShare>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <param name="token">The same token never makes two.</param>
    /// <returns>ARN.</returns>
    Task<string> CreateAsync(NewShare share, string token, CancellationToken cancel);

    Task DeleteAsync(string arn, CancellationToken cancel);
}

/// <param name="Status"><c>PENDING</c>, <c>ACTIVE</c>, <c>FAILED</c>, <c>DELETING</c>, <c>DELETED</c>.</param>
public sealed record CloudShare(string Arn, string Name, string Status, IReadOnlyDictionary<string, string> Tags);

/// <param name="Resources">ARNs.</param>
/// <param name="Principals">Accounts, or ARNs of organizations and their units.</param>
public sealed record NewShare(
    string Name, IReadOnlyCollection<string> Resources, IReadOnlyCollection<string> Principals, bool Outside, IReadOnlyDictionary<string, string> Tags);
