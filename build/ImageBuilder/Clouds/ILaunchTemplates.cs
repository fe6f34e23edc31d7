namespace ImageBuilder.Clouds;

/// <summary>Templates by which machines are started.</summary>
public interface ILaunchTemplates
{
    /// <param name="template">Id or name.</param>
    Task<LaunchTemplate?> GetAsync(string template, CancellationToken cancel);

    /// <summary>Adds a version that is like another one with another image.</summary>
    /// <param name="token">The same token never makes two.</param>
    /// <returns>Its number.</returns>
    Task<long> AddVersionAsync(string id, string image, string description, string token, CancellationToken cancel);

    Task SetDefaultAsync(string id, long version, CancellationToken cancel);

    Task DeleteVersionAsync(string id, long version, CancellationToken cancel);

    /// <summary>The image of a version; null: it names none.</summary>
    Task<string?> ImageOfAsync(string id, long version, CancellationToken cancel);

    /// <summary>Names of the templates of which any version has the image.</summary>
    Task<IReadOnlyList<string>> UsingAsync(string image, CancellationToken cancel);
}

/// <summary>A launch template as it is.</summary>
public sealed record LaunchTemplate(string Id, string Name, long DefaultVersion, long LatestVersion);
