namespace ImageBuilder.Clouds;

/// <summary>What accounts share with each other (Resource Access Manager).</summary>
public interface IShares
{
    Task<IReadOnlyList<CloudShare>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <param name="token">The same token never makes two.</param>
    /// <returns>ARN.</returns>
    Task<string> CreateAsync(NewShare share, string token, CancellationToken cancel);

    Task DeleteAsync(string arn, CancellationToken cancel);

    /// <summary>What a share has and with whom, what is about to come and to go too.</summary>
    Task<IReadOnlyList<ShareMember>> MembersAsync(string arn, CancellationToken cancel);

    /// <param name="resources">ARNs.</param>
    /// <param name="principals">As of <see cref="NewShare"/>.</param>
    Task AddAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel);

    /// <summary>As <see cref="AddAsync"/>. What is not there is no mistake.</summary>
    Task RemoveAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel);

    /// <summary>Whether accounts outside the organization may be given something.</summary>
    Task AllowOutsideAsync(string arn, bool outside, CancellationToken cancel);
}

/// <param name="Status"><c>PENDING</c>, <c>ACTIVE</c>, <c>FAILED</c>, <c>DELETING</c>, <c>DELETED</c>.</param>
/// <param name="Outside">Accounts outside the organization may be given something.</param>
public sealed record CloudShare(string Arn, string Name, string Status, bool Outside, IReadOnlyDictionary<string, string> Tags);

/// <param name="Entity">ARN of a resource; or a principal, as of <see cref="NewShare"/>.</param>
/// <param name="Status"><c>ASSOCIATING</c>, <c>ASSOCIATED</c>, <c>FAILED</c>, <c>DISASSOCIATING</c>, <c>DISASSOCIATED</c>, …</param>
/// <param name="Why">Why it failed; empty: nothing is said.</param>
/// <param name="Outside">An account outside the organization: it has to accept.</param>
public sealed record ShareMember(string Entity, bool IsPrincipal, string Status, string Why, bool Outside);

/// <param name="Resources">ARNs.</param>
/// <param name="Principals">Accounts, or ARNs of organizations and their units.</param>
public sealed record NewShare(
    string Name, IReadOnlyCollection<string> Resources, IReadOnlyCollection<string> Principals, bool Outside, IReadOnlyDictionary<string, string> Tags);
