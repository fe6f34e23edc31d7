namespace ImageBuilder.Contracts;

/// <summary>Parameters kept in a cloud account, read with the caller's credentials. Found by reflection.</summary>
public interface IParameterStore
{
    /// <summary>Looks a parameter up. What keeps it from being read (no credentials, no permission) is a problem.</summary>
    /// <param name="name">As in <c>{{ aws:ssm:/path }}</c>, without <c>aws:ssm:</c>.</param>
    /// <param name="reveal">True: also the value of a secret.</param>
    /// <returns>Null when there is none of that name.</returns>
    Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel);
}

/// <summary>A parameter of a cloud account.</summary>
/// <param name="Value">Null for a secret that was not to be revealed.</param>
/// <param name="Version">Changes whenever the value does, and says nothing of it.</param>
public sealed record StoredParameter(string Name, bool IsSecret, string? Value, string Version);
