using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>
/// The documents in buckets and accounts that steps run, as they are now. Binding does not wait: what it asks for in vain is fetched, and the
/// documents are bound again.
/// </summary>
internal sealed class CloudDocuments
{
    private const string Component = "arn:";

    private readonly Dictionary<(string Name, string? Owner), Answer> _answers = [];
    private readonly HashSet<(string Name, string? Owner)> _wanted = [];

    /// <summary>True for the names of documents that are not files.</summary>
    public static bool IsNamed(string name) => ObjectAddress.TryParse(name) is not null || name.StartsWith(Component, StringComparison.Ordinal);

    /// <summary>The document as text, or what keeps it from being read; null as long as nobody has looked.</summary>
    /// <param name="owner">Account that the bucket must belong to, or null.</param>
    public Answer? Find(string name, string? owner)
    {
        if (_answers.TryGetValue((name, owner), out var answer)) return answer;
        _wanted.Add((name, owner));
        return null;
    }

    /// <summary>Fetches what was asked for in vain; false when that was nothing.</summary>
    public async Task<bool> FetchAsync(Func<IObjectStore> objects, Func<IComponentStore> components, CancellationToken cancel)
    {
        if (_wanted.Count == 0) return false;
        foreach (var (name, owner) in _wanted) _answers[(name, owner)] = await AskAsync(objects, components, name, owner, cancel);
        _wanted.Clear();
        return true;
    }

    private static async Task<Answer> AskAsync(
        Func<IObjectStore> objects, Func<IComponentStore> components, string name, string? owner, CancellationToken cancel)
    {
        try
        {
            return ObjectAddress.TryParse(name) is { } address ? await ObjectAsync(objects(), address, owner, cancel)
                : await components().FindAsync(name, cancel) is { } text ? new Answer(text, null)
                : new Answer(null, new Problem("IB1271", $"There is no component `{name}`.", "Neither the account nor AWS has one with this ARN in its region.",
                    "Correct the ARN: `arn:aws:imagebuilder:<region>:<account>:component/<name>/<version>/<build>`."));
        }
        catch (ProblemException e)
        {
            return new Answer(null, e.Problems[0]);
        }
    }

    private static async Task<Answer> ObjectAsync(IObjectStore store, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        if (await store.FindAsync(address, owner, cancel) is not { } found)
            return new Answer(null, new Problem("IB1270", $"There is no document {address}.", "The bucket has no such object.", "Correct bucket and key."));
        if (found.Size > YamlReader.DocumentLimit)
            return new Answer(null, new Problem("IB1272", $"{address} is too big to be a document.",
                $"It has {found.Size} bytes; the limit is {YamlReader.DocumentLimit}.", "Correct the key, or split the document."));
        var folder = Directory.CreateTempSubdirectory("imagebuilder-").FullName;
        try
        {
            var copy = Path.Combine(folder, "document");
            await store.DownloadAsync(found, owner, copy, cancel);
            return new Answer(await File.ReadAllTextAsync(copy, cancel), null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A document, or the problem that kept it from being read.</summary>
    internal sealed record Answer(string? Text, Problem? Problem);
}
