using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Journals;

/// <summary>Something that a run has left in a cloud.</summary>
public sealed record Leftover(CloudPlace Place, ResourceKind Kind, string Id, string Run, string Recipe, string Version, string Stage)
{
    /// <summary>Who needs it: as long as there is anybody it stays.</summary>
    public IReadOnlyList<string> UsedBy { get; init; } = [];
}

/// <summary>What was found, and where nothing could be seen.</summary>
/// <param name="Busy">How many things were left out: the runs that make them go on, or are too young to be thought dead.</param>
/// <param name="Unseen">A warning where there can be nothing: what stands for the cloud does not have such things.</param>
public sealed record LeftoversFound(IReadOnlyList<Leftover> Items, int Busy, IReadOnlyList<(CloudPlace Place, Problem Why)> Unseen);

/// <summary>Where leftovers are looked for.</summary>
/// <param name="OlderThan">Runs of other machines, of which nobody knows whether they go on, are left alone when they began later.</param>
public sealed record LeftoverSearch(IReadOnlyCollection<CloudPlace> Places, TimeSpan OlderThan);

/// <summary>
/// What runs have left in a cloud because they were killed or lost it: by the journals of this machine, and by tags for those of others. Has the
/// journals of dead runs to itself until it is disposed.
/// </summary>
public sealed class Leftovers(ICloud cloud, string folder, TimeProvider clock) : IDisposable
{
    // What has just been made is not always seen at once.
    private const int Looks = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<string, JournalFile> _dead = [];
    private readonly HashSet<string> _alive = [];

    /// <summary>The places that the journals of dead runs speak of.</summary>
    public IReadOnlyList<CloudPlace> Take()
    {
        foreach (var run in JournalFile.Runs(folder))
            if (JournalFile.TryTake(folder, run) is { } file) _dead[run] = file;
            else _alive.Add(run);
        return [.. _dead.Values.SelectMany(f => f.Open).Select(e => e.Place).Distinct()];
    }

    public async Task<LeftoversFound> FindAsync(LeftoverSearch search, CancellationToken cancel)
    {
        var found = await Task.WhenAll(search.Places.Distinct().Select(place => FindAsync(place, search.OlderThan, cancel)));
        return new LeftoversFound([.. found.SelectMany(f => f.Items)], found.Sum(f => f.Busy), [.. found.SelectMany(f => f.Unseen)]);
    }

    /// <summary>Removes what nobody needs, in the order of kinds.</summary>
    /// <returns>What could not be removed, and why.</returns>
    public async Task<IReadOnlyList<(Leftover Item, Problem Why)>> RemoveAsync(IReadOnlyCollection<Leftover> items, CancellationToken cancel)
    {
        var failed = new List<(Leftover, Problem)>();
        await Task.WhenAll(items.Where(i => i.UsedBy.Count == 0).GroupBy(i => i.Place).Select(async place =>
        {
            foreach (var kind in place.GroupBy(i => i.Kind).OrderBy(k => k.Key))
            {
                await Task.WhenAll(kind.Select(async item =>
                {
                    try
                    {
                        await Removal.RemoveAsync(cloud.At(item.Place), item.Kind, item.Id, cancel);
                        Close(item.Run, e => e.Kind == item.Kind && e.Place == item.Place && IdOf(e) == item.Id);
                    }
                    catch (ProblemException e)
                    {
                        lock (failed) failed.Add((item, e.Problems[0]));
                    }
                }));
                if (kind.Key == ResourceKind.Instance && place.Any(i => i.Kind == ResourceKind.SecurityGroup))
                    await Task.WhenAll(kind.Select(i => Removal.UntilTerminatedAsync(cloud.At(i.Place), i.Id, clock, cancel)));
            }
        }));
        return failed;
    }

    public void Dispose()
    {
        foreach (var file in _dead.Values) file.Dispose();
        _dead.Clear();
    }

    private async Task<LeftoversFound> FindAsync(CloudPlace place, TimeSpan olderThan, CancellationToken cancel)
    {
        var region = cloud.At(place);
        var written = _dead.Values.SelectMany(f => f.Open).Where(e => e.Place == place).ToList();
        var tagged = new Dictionary<string, TaggedResource>();
        List<(CloudPlace, Problem)> unseen = [];
        for (var look = 0; look < Looks; look++)
        {
            if (look > 0) await Task.Delay(s_pause, clock, cancel);
            var seen = await Removal.FindAsync(region, new Dictionary<string, string> { [CloudTags.State] = CloudTags.Making }, cancel);
            foreach (var resource in seen.Items) tagged[resource.Id] = resource;
            unseen = [.. seen.Problems.Select(p => (place, p.Code == CloudCalls.Unknown ? p with { Severity = Severity.Warning } : p))];
            if (written.All(e => tagged.Values.Any(t => t.Tags.GetValueOrDefault(CloudTags.Purpose) == e.Token))) break;
        }

        // What the cloud does not show as being made any more is kept or gone: the run was ended before it could write that down.
        var blind = unseen.Any(u => u.Item2.Severity == Severity.Error);
        foreach (var entry in written.Where(e => !blind && HasTags(e.Kind) && tagged.Values.All(t => t.Tags.GetValueOrDefault(CloudTags.Purpose) != e.Token)))
            Close(entry.Run, e => e.Token == entry.Token);
        var items = tagged.Values.Where(t => IsOver(t, olderThan)).Select(t => Of(place, t))
            .Concat(written.Where(e => !HasTags(e.Kind) && IdOf(e) is not null)
                .Select(e => new Leftover(place, e.Kind, IdOf(e)!, e.Run, e.Recipe, e.Version, e.Stage))).ToList(); // it has one
        var going = items.Where(i => i.Kind == ResourceKind.Instance).Select(i => i.Id).ToHashSet();
        for (var i = 0; i < items.Count; i++)
            if (items[i].Kind is ResourceKind.Image or ResourceKind.TemplateVersion) items[i] = items[i] with { UsedBy = await UsersAsync(items[i]) };
        // The snapshots of an image stay as long as it does.
        foreach (var image in items.Where(i => i.UsedBy.Count > 0).ToList())
            if (await region.Images.GetAsync(image.Id, cancel) is { } found)
                items.RemoveAll(i => i.Kind == ResourceKind.Snapshot && found.Snapshots.Contains(i.Id));
        return new LeftoversFound(items, tagged.Values.Count(t => !IsOver(t, olderThan)), unseen);

        // As long as nobody knows who needs an image it stays.
        async Task<IReadOnlyList<string>> UsersAsync(Leftover item)
        {
            try
            {
                return item.Kind == ResourceKind.Image ? await ImageUse.FindAsync(region, item.Id, going, cancel) : await ImageUse.OfVersionAsync(region, item.Id, cancel);
            }
            catch (ProblemException e)
            {
                unseen.AddRange(e.Problems.Select(p => (place, p)));
                return ["nobody can say whom"];
            }
        }
    }

    private bool IsOver(TaggedResource resource, TimeSpan olderThan) => resource.Tags.GetValueOrDefault(CloudTags.Run) is { } run
        && !_alive.Contains(run) && (_dead.ContainsKey(run) || CloudTags.Began(run) < clock.GetUtcNow() - olderThan);

    private void Close(string run, Func<JournalEntry, bool> which)
    {
        if (!_dead.TryGetValue(run, out var file)) return;
        lock (file)
            foreach (var entry in file.Open.Where(which)) file.Close(entry.Token);
    }

    private static Leftover Of(CloudPlace place, TaggedResource resource) => new(place, resource.Kind, resource.Id, Tag(resource, CloudTags.Run),
        Tag(resource, CloudTags.Recipe), Tag(resource, CloudTags.Version), Tag(resource, CloudTags.Stage));

    private static string Tag(TaggedResource resource, string name) => resource.Tags.GetValueOrDefault(name) ?? "";

    private static bool HasTags(ResourceKind kind) => kind is not (ResourceKind.StoredObject or ResourceKind.TemplateVersion);

    // The name of an object is known before it is made.
    private static string? IdOf(JournalEntry entry) => entry.Id ?? (entry.Kind == ResourceKind.StoredObject ? entry.What : null);
}
