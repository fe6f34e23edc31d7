namespace ImageBuilder.Clouds;

/// <summary>Keys of the Key Management Service.</summary>
public interface IKeys
{
    /// <param name="key">Id, alias or ARN.</param>
    /// <returns>Null where there is none.</returns>
    Task<CloudKey?> GetAsync(string key, CancellationToken cancel);
}

/// <param name="State"><c>Enabled</c>, <c>Disabled</c>, <c>PendingDeletion</c>, …</param>
public sealed record CloudKey(string Arn, string State);
