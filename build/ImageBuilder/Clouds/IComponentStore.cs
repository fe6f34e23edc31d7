namespace ImageBuilder.Clouds;

/// <summary>Components kept in a cloud account, read with the caller's credentials. Found by reflection.</summary>
public interface IComponentStore
{
    /// <summary>The document of a component; null when there is none. What keeps it from being read is a problem.</summary>
    /// <param name="arn">As in <c>arn:aws:imagebuilder:eu-west-1:123456789012:component/name/1.0.0/1</c>.</param>
    Task<string?> FindAsync(string arn, CancellationToken cancel);
}
