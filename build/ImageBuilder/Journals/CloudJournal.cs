using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Journals;

/// <summary>By it everything is made in a cloud: what is about to be made is written down before, so that nothing can be left that nobody knows of.</summary>
public sealed class CloudJournal(JournalFile file, ICloud cloud, string recipe, string version)
{
    private static readonly Dictionary<string, string> s_kept = new() { [CloudTags.State] = CloudTags.Kept };

    /// <summary>Id of this run.</summary>
    public string Run => file.Run;

    /// <summary>What this run made for this image and has neither kept nor removed.</summary>
    public IReadOnlyList<JournalEntry> Open => [.. file.Open.Where(e => e.Recipe == recipe && e.Version == version)];

    /// <summary>Makes something.</summary>
    /// <param name="what">Its purpose, which nothing else of this kind and place has in this run: e.g. <c>snapshot of 12ab…</c>.</param>
    /// <param name="make">Asks the cloud, and gives the id of what was made.</param>
    public async Task<string> MakeAsync(
        CloudPlace place, ResourceKind kind, string what, string stage, Func<Making, Task<string>> make, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var entry = new JournalEntry(file.Run, recipe, version, stage, place, kind, what, Token(place, kind, what), Id: null);
        file.Intend(entry);
        try
        {
            var id = await make(new Making(entry.Tags, entry.Token));
            file.Made(entry with { Id = id });
            return id;
        }
        catch (ProblemException e) when (CloudCalls.IsRefusal(e))
        {
            file.Close(entry.Token); // nothing came of it
            throw;
        }
    }

    /// <summary>Takes over what a run that is over has begun.</summary>
    public async Task AdoptAsync(CloudPlace place, ResourceKind kind, string id, string what, string stage, CancellationToken cancel)
    {
        var entry = new JournalEntry(file.Run, recipe, version, stage, place, kind, what, Token(place, kind, what), id);
        file.Intend(entry);
        await cloud.At(place).Tags.SetAsync([id], entry.Tags, cancel);
    }

    /// <summary>It is part of an image from now on, the snapshots of an image with it: nothing that removes leftovers touches it.</summary>
    public async Task KeepAsync(CloudPlace place, ResourceKind kind, string id, CancellationToken cancel)
    {
        if (kind == ResourceKind.Image && await cloud.At(place).Images.GetAsync(id, cancel) is { Snapshots.Count: > 0 } image)
            await cloud.At(place).Tags.SetAsync(image.Snapshots, s_kept, cancel);
        if (kind is ResourceKind.Image or ResourceKind.Snapshot or ResourceKind.Instance or ResourceKind.SecurityGroup)
            await cloud.At(place).Tags.SetAsync([id], s_kept, cancel);
        Close(place, kind, id);
    }

    /// <summary>It has been removed, or removes itself.</summary>
    public void Gone(CloudPlace place, ResourceKind kind, string id) => Close(place, kind, id);

    /// <summary>Removes it.</summary>
    public async Task RemoveAsync(CloudPlace place, ResourceKind kind, string id, CancellationToken cancel)
    {
        await Removal.RemoveAsync(cloud.At(place), kind, id, cancel);
        Close(place, kind, id);
    }

    /// <summary>Removes what this run made for this image and has not kept: as much of it as can be.</summary>
    /// <returns>What could not be removed: --target=Sweep tries again.</returns>
    public async Task<IReadOnlyList<JournalEntry>> RemoveOpenAsync(TimeProvider clock, CancellationToken cancel)
    {
        foreach (var kind in Open.Where(e => e.Id is not null).GroupBy(e => e.Kind).OrderBy(k => k.Key))
        {
            var ending = new List<JournalEntry>();
            foreach (var entry in kind)
            {
                try
                {
                    await RemoveAsync(entry.Place, entry.Kind, entry.Id!, cancel); // those without are left out above
                    ending.Add(entry);
                }
                catch (ProblemException)
                {
                    // It stays open.
                }
            }

            if (kind.Key == ResourceKind.Instance && Open.Any(e => e.Kind == ResourceKind.SecurityGroup))
                await Task.WhenAll(ending.Select(e => Removal.UntilTerminatedAsync(cloud.At(e.Place), e.Id!, clock, cancel))); // as above
        }

        return Open;
    }

    private void Close(CloudPlace place, ResourceKind kind, string id)
    {
        foreach (var entry in file.Open.Where(e => e.Id == id && e.Kind == kind && e.Place == place)) file.Close(entry.Token);
    }

    // 64 characters are what all services take.
    private string Token(CloudPlace place, ResourceKind kind, string what) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Run}\n{recipe}\n{version}\n{place}\n{kind}\n{what}")))[..40];
}
