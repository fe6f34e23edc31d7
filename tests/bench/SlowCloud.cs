using System.Collections.Concurrent;
using System.Reflection;
using ImageBuilder.Clouds;

namespace Bench;

/// <summary>A cloud that keeps digests of snapshots' blocks in memory, and takes its time: as long as EBS for a block, and less for any other call.</summary>
internal sealed class SlowCloud : ICloud
{
    public static readonly TimeSpan Put = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Call = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<CloudPlace, ICloudRegion> _places = new();

    public string Name => "slow";

    public string? HomeRegion => null;

    public bool IsEmulated => false;

    public int Puts => _puts;

    public int Calls => _calls;

    private int _puts;
    private int _calls;

    public ICloudRegion At(CloudPlace place) => _places.GetOrAdd(place, p => SlowRegion.Of(this, p));

    public void Dispose() { }

    public void Forget() => (_puts, _calls) = (0, 0);

    internal async Task<T> AnswerAsync<T>(T answer, bool isPut, CancellationToken cancel)
    {
        if (isPut) Interlocked.Increment(ref _puts);
        else Interlocked.Increment(ref _calls);
        await Task.Delay(isPut ? Put : Call, cancel);
        return answer;
    }
}

/// <summary>A region of it: has snapshots, tags and an identity, and no other port.</summary>
#pragma warning disable CA1852 // a proxy is a class below it
internal class SlowRegion : DispatchProxy
#pragma warning restore CA1852
{
    private SlowCloud _cloud = null!;
    private CloudPlace _place = null!;
    private SlowSnapshots _snapshots = null!;

    public static ICloudRegion Of(SlowCloud cloud, CloudPlace place)
    {
        var proxy = Create<ICloudRegion, SlowRegion>();
        var region = (SlowRegion)(object)proxy;
        (region._cloud, region._place, region._snapshots) = (cloud, place, new SlowSnapshots(cloud));
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "get_Place" => _place,
        "get_Snapshots" => _snapshots,
        "get_Tags" => _snapshots,
        "get_Identity" => new SlowIdentity(_cloud),
        _ => throw new NotSupportedException(targetMethod.Name),
    };

    private sealed class SlowIdentity(SlowCloud cloud) : IIdentity
    {
        public Task<CloudIdentity> WhoAsync(CancellationToken cancel) =>
        cloud.AnswerAsync(new CloudIdentity("111122223333", "arn:aws:iam::111122223333:user/bench"), false, cancel);
    }
}

internal sealed class SlowSnapshots(SlowCloud cloud) : IBlockSnapshots, ITags
{
    private readonly ConcurrentDictionary<string, (CloudSnapshot Shown, string? Parent, ConcurrentDictionary<int, byte[]> Blocks)> _all = new();
    private int _ids;

    public Task<CloudSnapshot?> GetAsync(string id, CancellationToken cancel) => cloud.AnswerAsync(_all.TryGetValue(id, out var found) ? found.Shown : null, false, cancel);

    public Task<IReadOnlyList<CloudSnapshot>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => cloud.AnswerAsync<IReadOnlyList<CloudSnapshot>>(
        [.. _all.Values.Select(s => s.Shown).Where(s => tags.All(t => s.Tags.GetValueOrDefault(t.Key) == t.Value))], false, cancel);

    public Task<string> StartAsync(NewSnapshot snapshot, CancellationToken cancel)
    {
        var id = $"snap-{Interlocked.Increment(ref _ids)}";
        _all[id] = (new CloudSnapshot(id, "pending", "", "", snapshot.Bytes, default, "", snapshot.Tags), snapshot.Parent, new());
        return cloud.AnswerAsync(id, false, cancel);
    }

    public Task PutAsync(string id, int index, byte[] block, byte[] sha256, CancellationToken cancel)
    {
        _all[id].Blocks[index] = sha256;
        return cloud.AnswerAsync(true, true, cancel);
    }

    public Task CompleteAsync(string id, int blocks, byte[] linear, CancellationToken cancel)
    {
        _all[id] = _all[id] with { Shown = _all[id].Shown with { State = "completed" } };
        return cloud.AnswerAsync(true, false, cancel);
    }

    public Task<IReadOnlyList<SnapshotBlock>> BlocksAsync(string id, CancellationToken cancel) =>
        cloud.AnswerAsync<IReadOnlyList<SnapshotBlock>>([.. IndexesOf(id).Order().Select(i => new SnapshotBlock(i, ""))], false, cancel);

    public Task<byte[]> ReadAsync(string id, SnapshotBlock block, CancellationToken cancel) => cloud.AnswerAsync(Content?.Invoke(block.Index) ?? [], false, cancel);

    /// <summary>What all snapshots hold: the disk that is written.</summary>
    public static Func<int, byte[]>? Content { get; set; }

    public Task DeleteAsync(string id, CancellationToken cancel) => cloud.AnswerAsync(_all.TryRemove(id, out _), false, cancel);

    public Task ShareAsync(string id, IReadOnlyCollection<string> accounts, CancellationToken cancel) => throw new NotSupportedException();

    public Task SetAsync(IReadOnlyCollection<string> ids, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => cloud.AnswerAsync(true, false, cancel);

    private IEnumerable<int> IndexesOf(string id) => _all[id].Parent is { } parent ? IndexesOf(parent).Union(_all[id].Blocks.Keys) : _all[id].Blocks.Keys;
}
