namespace ImageBuilder.Model;

/// <summary>
/// Everything that came into an image from outside of its recipe: <c>recipes/&lt;name&gt;/recipe.lock.json</c>. It holds no address of a mirror
/// and nothing of the machine or the hour that wrote it, so that two machines write the same file.
/// </summary>
public sealed record RecipeLock
{
    public const string SchemaVersion = "1";

    public const string FileName = "recipe.lock.json";

    public string Schema { get; init; } = SchemaVersion;

    public required string Recipe { get; init; }

    public required string Architecture { get; init; }

    public required LockedParent Parent { get; init; }

    /// <summary>By name.</summary>
    public IReadOnlyList<LockedComponent> Components { get; init; } = [];

    /// <summary>All packages of the finished image, by name and architecture.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; init; } = [];

    /// <summary>What build steps downloaded, in their order.</summary>
    public IReadOnlyList<LockedDownload> Downloads { get; init; } = [];

    /// <summary>Programs of the building machine whose work is in the image's bytes, by name.</summary>
    public IReadOnlyList<LockedTool> Tools { get; init; } = [];
}

/// <summary>What the image starts from.</summary>
/// <param name="Reference">As in the recipe.</param>
/// <param name="Digest">SHA-256 over its packages, with their digests, and <see cref="Epoch"/>.</param>
/// <param name="Epoch">Unix seconds of the newest file in the repositories when it was made: what times in the image are clamped to.</param>
/// <param name="Repositories">What the repositories were when it was made.</param>
public sealed record LockedParent(string Reference, string Digest, long Epoch, IReadOnlyList<LockedRepository> Repositories);

/// <summary>The state of a package repository.</summary>
/// <param name="InRelease">SHA-256 of its signed list of everything.</param>
public sealed record LockedRepository(string Suite, string InRelease);

/// <param name="Digest">SHA-256 over document and files.</param>
public sealed record LockedComponent(string Name, string Version, string Digest);

/// <param name="Sha256">Of the archive that it was installed from; null where no package manager fetched one.</param>
/// <param name="Files">SHA-256 of the package manager's list of its files with their digests, where the archive is not known.</param>
public sealed record LockedPackage(string Name, string Version, string Architecture, string? Sha256 = null, string? Files = null);

/// <param name="Step">The step's id.</param>
/// <param name="File">Where it was put.</param>
public sealed record LockedDownload(string Step, string File, string Sha256);

/// <summary>A program by the package that brings it.</summary>
public sealed record LockedTool(string Name, string Version);
