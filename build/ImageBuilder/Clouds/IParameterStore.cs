namespace ImageBuilder.Clouds;

/// <summary>Parameters kept in a cloud account, read with the caller's credentials. Found by reflection.</summary>
public interface IParameterStore
{
    /// <summary>Looks a parameter up. What keeps it from being read (no credentials, no permission) is a problem.</summary>
    /// <param name="name">As in <c>{{ aws:ssm:/path }}</c>, without <c>aws:ssm:</c>.</param>
    /// <param name="reveal">True: also the value of a secret.</param>
    /// <returns>Null when there is none of that name.</returns>
    Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel);

    /// <summary>Writes a plain parameter, whether there is one already or not.</summary>
    /// <param name="type">What the value is: <c>text</c> or <c>aws:ec2:image</c>.</param>
    Task PutAsync(string name, string value, string type, CancellationToken cancel);

    /// <summary>One that is gone already is well.</summary>
    Task DeleteAsync(string name, CancellationToken cancel);

    /// <summary>Names of the plain parameters with this value.</summary>
    Task<IReadOnlyList<string>> UsingAsync(string value, CancellationToken cancel);
}

/// <summary>A parameter of a cloud account.</summary>
/// <param name="Value">Null for a secret that was not to be revealed.</param>
/// <param name="Version">Changes whenever the value does, and says nothing of it.</param>
public sealed record StoredParameter(string Name, bool IsSecret, string? Value, string Version);
