namespace ImageBuilder.Clouds;

/// <summary>Roles of the account.</summary>
public interface IRoles
{
    /// <summary>Null where there is none of that name.</summary>
    Task<CloudRole?> GetAsync(string name, CancellationToken cancel);
}

/// <param name="Trust">Its trust policy, JSON.</param>
/// <param name="Policies">Its own policies, JSON, by name.</param>
public sealed record CloudRole(string Name, string Arn, string Trust, IReadOnlyDictionary<string, string> Policies);
