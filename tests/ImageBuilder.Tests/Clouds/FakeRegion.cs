using System.IO.Enumeration;
using System.Security.Cryptography;
using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Clouds;

/// <summary>A region of <see cref="FakeCloud"/>, as far as distribution needs one.</summary>
internal sealed class FakeRegion(FakeCloud cloud, CloudPlace place, FakeStock stock) : ICloudRegion, IIdentity, ITags, IBlockSnapshots, IImages
{
    public CloudPlace Place => place;

    private string Account => FakeCloud.AccountOf(place);

    public IIdentity Identity => this;

    public ITags Tags => this;

    public IImages Images => this;

    public IBlockSnapshots Snapshots => this;

    public IImageTransfers Transfers { get; } = new FakeTransfers(cloud, place, stock);

    public ICompute Compute { get; } = new FakeCompute(cloud, place, stock);

    public ICommands Commands { get; } = new FakeCommands(cloud, place, stock);

    public IParameterStore Parameters { get; } = new FakeParameters(cloud, place, stock);

    public IObjectStore Objects { get; } = new FakeObjects(cloud, place, stock);

    public ILaunchTemplates Templates { get; } = new FakeTemplates(cloud, place, stock);

    public IKeys Keys { get; } = new FakeKeys(cloud, place, stock);

    public INotifier Notifier { get; } = new FakeNotifier(cloud, place, stock);

    public ILogStreams Logs => throw new NotSupportedException();

    public IRoles Roles { get; } = new FakeRoles(cloud, place);

    public ILicenses Licenses { get; } = new FakeLicenses(cloud, place, stock);

    public IShares Shares { get; } = new FakeShares(cloud, place, stock);

    public IOrganization Organization { get; } = new FakeOrganization(cloud, place);

    public IBuilds Builds => throw new NotSupportedException();

    public Task<CloudIdentity> WhoAsync(CancellationToken cancel) => DoAsync("who", () => new CloudIdentity(Account, place.Role ?? $"arn:aws:iam::{Account}:user/test"), cancel);

    public Task SetAsync(IReadOnlyCollection<string> ids, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => DoAsync("SetTags", () =>
    {
        foreach (var id in ids)
        {
            if (stock.Images.TryGetValue(id, out var image)) stock.Images[id] = image with { Tags = Merged(image.Tags, tags) };
            if (stock.Instances.TryGetValue(id, out var instance)) stock.Instances[id] = instance with { Tags = Merged(instance.Tags, tags) };
            if (stock.Groups.TryGetValue(id, out var group)) stock.Groups[id] = group with { Tags = Merged(group.Tags, tags) };
            if (stock.Snapshots.TryGetValue(id, out var snapshot)) snapshot.Shown = snapshot.Shown with { Tags = Merged(snapshot.Shown.Tags, tags) };
        }

        return true;
    }, cancel);

    Task<CloudSnapshot?> IBlockSnapshots.GetAsync(string id, CancellationToken cancel) => DoAsync("snapshot", () => stock.Snapshots.GetValueOrDefault(id)?.Shown, cancel);

    public Task<IReadOnlyList<CloudSnapshot>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => DoAsync<IReadOnlyList<CloudSnapshot>>(
        "snapshots", () => [.. stock.Snapshots.Values.Select(s => s.Shown).Where(s => Has(s.Tags, tags))], cancel);

    public Task<string> StartAsync(NewSnapshot snapshot, CancellationToken cancel) => DoAsync("StartSnapshot", () =>
    {
        if (stock.Snapshots.FirstOrDefault(s => s.Value.Token == snapshot.Token) is { Key: { } known }) return known;
        var id = stock.NewId("snap");
        stock.Snapshots[id] = new FakeSnapshot(new CloudSnapshot(id, "pending", "", "", snapshot.Bytes, default, snapshot.Description, snapshot.Tags)
        {
            Encrypted = snapshot.Encrypted,
            Key = snapshot.Key,
        }, snapshot.Parent)
        {
            Token = snapshot.Token,
        };
        return id;
    }, cancel);

    public Task PutAsync(string id, int index, byte[] block, byte[] sha256, CancellationToken cancel) => DoAsync("PutBlock", () =>
    {
        Assert.Equal(SHA256.HashData(block), sha256);
        Assert.Equal("pending", stock.Snapshots[id].Shown.State);
        stock.Snapshots[id].Blocks[index] = [.. block];
        return true;
    }, cancel);

    public Task CompleteAsync(string id, int blocks, byte[] linear, CancellationToken cancel) => DoAsync("CompleteSnapshot", () =>
    {
        var put = stock.Snapshots[id].Blocks.OrderBy(b => b.Key).ToList();
        Assert.Equal(blocks, put.Count);
        Assert.Equal(SHA256.HashData([.. put.SelectMany(b => SHA256.HashData(b.Value))]), linear);
        stock.Snapshots[id].Shown = stock.Snapshots[id].Shown with { State = "completed" };
        return true;
    }, cancel);

    public Task<IReadOnlyList<SnapshotBlock>> BlocksAsync(string id, CancellationToken cancel) => DoAsync<IReadOnlyList<SnapshotBlock>>(
        "blocks", () => [.. Content(id).Keys.Order().Select(i => new SnapshotBlock(i, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{id}/{i}"))))], cancel);

    public Task<byte[]> ReadAsync(string id, SnapshotBlock block, CancellationToken cancel) => DoAsync("block", () => Content(id)[block.Index], cancel);

    public Task DeleteAsync(string id, CancellationToken cancel) => DoAsync("DeleteSnapshot", () =>
    {
        Assert.DoesNotContain(stock.Images.Values, i => i.Snapshots.Contains(id));
        return stock.Snapshots.Remove(id);
    }, cancel);

    public Task ShareAsync(string id, IReadOnlyCollection<string> accounts, CancellationToken cancel) =>
        DoAsync("ShareSnapshot", () => stock.Readers[id] = [.. stock.Readers.GetValueOrDefault(id) ?? [], .. accounts], cancel);

    Task<CloudImage?> IImages.GetAsync(string id, CancellationToken cancel) => DoAsync("image", () => stock.Images.GetValueOrDefault(id), cancel);

    public Task<IReadOnlyList<CloudImage>> FindAsync(ImageQuery query, CancellationToken cancel) => DoAsync<IReadOnlyList<CloudImage>>(
        "images", () => [.. stock.Images.Values.Where(i => Has(i.Tags, query.Tags)
            && (query.Name is null || FileSystemName.MatchesSimpleExpression(query.Name, i.Name, ignoreCase: false)))], cancel);

    public Task<string> RegisterAsync(NewImage image, CancellationToken cancel) => DoAsync("RegisterImage", () =>
    {
        Assert.DoesNotContain(stock.Images.Values, i => i.Name == image.Name);
        Assert.Equal("completed", stock.Snapshots[image.Snapshot].Shown.State);
        var id = stock.NewId("ami");
        stock.Permissions[id] = new LaunchPermissions();
        stock.Images[id] = new CloudImage(id, image.Name, "available", "", Account, default, [image.Snapshot], image.Tags)
        {
            Architecture = image.Architecture,
            BootMode = image.BootMode,
            Tpm = image.Tpm ?? "",
            Imds = image.Imds ?? "",
            RootDevice = image.RootDevice,
        };
        return id;
    }, cancel);

    public Task<string> CaptureAsync(string instance, NewCapture capture, CancellationToken cancel) => DoAsync("CreateImage", () =>
    {
        Assert.Equal("stopped", stock.Instances[instance].State);
        return Captured(capture.Name, capture.Tags);
    }, cancel);

    private string Captured(string name, IReadOnlyDictionary<string, string> tags)
    {
        Assert.DoesNotContain(stock.Images.Values, i => i.Name == name);
        var (id, snapshot) = (stock.NewId("ami"), stock.NewId("snap"));
        stock.Permissions[id] = new LaunchPermissions();
        stock.Snapshots[snapshot] = new FakeSnapshot(new CloudSnapshot(snapshot, "completed", "", "", 8L << 30, default, "", tags), null);
        stock.Images[id] = new CloudImage(id, name, "available", "", Account, cloud.Now, [snapshot], tags)
        {
            Architecture = "x86_64",
            RootDevice = "/dev/xvda",
        };
        return id;
    }

    public Task<string> CopyAsync(ImageCopy copy, CancellationToken cancel) => DoAsync("CopyImage", () =>
    {
        var source = cloud.StockOf(copy.SourceRegion);
        Assert.True(source.Images.ContainsKey(copy.SourceImage));
        if (Account != FakeCloud.Home)
        {
            Assert.Contains(Account, source.Permissions[copy.SourceImage].Accounts);
            Assert.All(source.Images[copy.SourceImage].Snapshots, s => Assert.Contains(Account, source.Readers.GetValueOrDefault(s) ?? []));
        }

        return Captured(copy.Name, copy.Tags);
    }, cancel);

    public Task DeregisterAsync(string id, CancellationToken cancel) => DoAsync("DeregisterImage", () => stock.Images.Remove(id), cancel);

    public Task<LaunchPermissions> PermissionsAsync(string id, CancellationToken cancel) => DoAsync("permissions", () => stock.Permissions[id], cancel);

    public Task ShareAsync(string id, LaunchPermissions wanted, CancellationToken cancel) =>
        DoAsync("ShareImage", () => cloud.Forgets ? wanted : stock.Permissions[id] = wanted, cancel);

    public Task DeprecateAsync(string id, DateTimeOffset from, CancellationToken cancel) =>
        DoAsync("DeprecateImage", () => stock.Images[id] = stock.Images[id] with { Deprecated = from }, cancel);

    public Task EnableFastLaunchAsync(string id, FastLaunch wanted, CancellationToken cancel) =>
        DoAsync("EnableFastLaunch", () => stock.FastLaunches[id] = wanted, cancel);

    public Task<string?> FastLaunchAsync(string id, CancellationToken cancel) => DoAsync("fastLaunch", () => stock.FastLaunches.ContainsKey(id) ? "enabling" : null, cancel);

    /// <summary>All blocks of a snapshot, those of its parents too.</summary>
    private Dictionary<int, byte[]> Content(string id)
    {
        var snapshot = stock.Snapshots[id];
        var all = snapshot.Parent is { } parent ? Content(parent) : [];
        foreach (var (index, block) in snapshot.Blocks) all[index] = block;
        return all;
    }

    /// <summary>The disk that a snapshot holds.</summary>
    public byte[] DiskOf(string id, int size)
    {
        var disk = new byte[size];
        foreach (var (index, block) in Content(id))
            block.AsSpan(0, Math.Min(block.Length, size - (index * IBlockSnapshots.BlockSize))).CopyTo(disk.AsSpan(index * IBlockSnapshots.BlockSize));
        return disk;
    }

    private Task<T> DoAsync<T>(string call, Func<T> effect, CancellationToken cancel) => cloud.DoAsync(place.Region, call, effect, cancel);

    internal static bool Has(IReadOnlyDictionary<string, string> all, IReadOnlyDictionary<string, string> some) => some.All(t => all.GetValueOrDefault(t.Key) == t.Value);

    private static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string> tags, IReadOnlyDictionary<string, string> more)
    {
        var all = new Dictionary<string, string>(tags);
        foreach (var (name, value) in more) all[name] = value;
        return all;
    }
}
