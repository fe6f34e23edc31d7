using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Clouds;

/// <summary>
/// Objects in S3, or in what speaks like it, reached with the caller's credentials. Implementations are found by reflection. Whatever
/// goes wrong is a <see cref="ProblemException"/>.
/// </summary>
public interface IObjectStore
{
    /// <summary>The object as it is now; null when there is none.</summary>
    /// <param name="owner">Account that the bucket must belong to, or null.</param>
    Task<StoredObject?> FindAsync(ObjectAddress address, string? owner, CancellationToken cancel);

    /// <summary>Objects whose keys begin with the address's key, ordered by key.</summary>
    /// <param name="most">Ends the search after this many.</param>
    Task<IReadOnlyList<StoredObject>> ListAsync(ObjectAddress prefix, string? owner, int most, CancellationToken cancel);

    /// <summary>Writes an object to a file. That it is another one by now than <paramref name="wanted"/> is a problem.</summary>
    Task DownloadAsync(StoredObject wanted, string? owner, string path, CancellationToken cancel);

    /// <summary>Writes an object as a whole: until it is complete the old one stays.</summary>
    Task UploadAsync(string path, ObjectAddress address, string? owner, CancellationToken cancel);

    /// <summary>One that is gone already is well.</summary>
    Task DeleteAsync(ObjectAddress address, string? owner, CancellationToken cancel);

    /// <summary>An address at which anybody can read the object for a while.</summary>
    string Presign(ObjectAddress address, TimeSpan valid);

    /// <summary>The region that a bucket is in.</summary>
    Task<string> RegionAsync(string bucket, CancellationToken cancel);
}

public static class ObjectStoreExtensions
{
    /// <summary>AWSTOE's limit for one prefix.</summary>
    private const int MostObjects = 1000;

    /// <summary>The objects that a source stands for: one, or all below a prefix. None, or too many, is a problem.</summary>
    public static async Task<IReadOnlyList<StoredObject>> FindAllAsync(
        this IObjectStore store, ObjectAddress source, string? owner, CancellationToken cancel)
    {
        if (source.Prefix is not { } prefix)
            return await store.FindAsync(source, owner, cancel) is { } one ? [one] : throw Refused(source, "The bucket has no such object.");
        var objects = await store.ListAsync(prefix, owner, MostObjects + 1, cancel);
        return objects.Count == 0 ? throw Refused(source, "The bucket has no object below it.")
            : objects.Count > MostObjects ? throw Refused(source, $"There are more than {MostObjects} objects below it.")
            : objects;
    }

    private static ProblemException Refused(ObjectAddress source, string why) => new(ExitCode.BuildFailed, new Problem("IB4156",
        $"{source} cannot be downloaded.", why, $"Correct the source; a prefix ends with `/*` and has at most {MostObjects} objects."));
}
