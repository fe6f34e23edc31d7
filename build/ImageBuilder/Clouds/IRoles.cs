namespace ImageBuilder.Clouds;

/// <summary>Roles of the account.</summary>
public interface IRoles
{
    /// <summary>Null where there is none of that name.</summary>
    Task<CloudRole?> GetAsync(string name, CancellationToken cancel);

    /// <summary>Those of the actions that a principal may not do.</summary>
    /// <param name="principal">ARN of a user or role.</param>
    Task<IReadOnlyList<string>> DeniedAsync(string principal, IReadOnlyCollection<string> actions, IReadOnlyCollection<string> resources, CancellationToken cancel);
}

/// <param name="Trust">Its trust policy, JSON.</param>
/// <param name="Policies">Its own policies, JSON, by name.</param>
public sealed record CloudRole(string Name, string Arn, string Trust, IReadOnlyDictionary<string, string> Policies);
