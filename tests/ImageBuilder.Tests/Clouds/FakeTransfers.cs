using ImageBuilder.Clouds;
using ImageBuilder.Model;

namespace ImageBuilder.Tests.Clouds;

/// <summary>VM Import/Export that has done its work after a few looks: an import becomes an image, an export the file that a test has given.</summary>
internal sealed class FakeTransfers(FakeCloud cloud, CloudPlace place, FakeStock stock) : IImageTransfers
{
    private const int Looks = 3;

    private readonly Dictionary<string, int> _looks = [];

    public Task<string> ImportSnapshotAsync(SnapshotImport import, CancellationToken cancel) => DoAsync("ImportSnapshot", () =>
    {
        var id = stock.NewId("import-snap");
        stock.Imported[id] = (import.Format, stock.Objects[new ObjectAddress(import.Bucket, import.Key).ToString()]);
        stock.Transfers[id] = new TransferTask(id, "active", "3", "pending", null, import.Tags);
        return id;
    }, cancel);

    public Task<string> ImportImageAsync(ImageImport import, CancellationToken cancel) => DoAsync("ImportImage", () =>
    {
        Assert.Contains(new ObjectAddress(import.Bucket, import.Key).ToString(), stock.Objects.Keys);
        var id = stock.NewId("import-ami");
        stock.Transfers[id] = new TransferTask(id, "active", "2", "converting", null, import.Tags);
        return id;
    }, cancel);

    public Task<string> ExportImageAsync(ImageExport export, CancellationToken cancel) => DoAsync("ExportImage", () =>
    {
        var id = stock.NewId("export-ami");
        stock.Transfers[id] = new TransferTask(id, "active", "40", "exporting", null, export.Tags);
        if (stock.Exported is { } file) stock.Objects[new ObjectAddress(export.Bucket, $"{export.Prefix}{id}.vmdk").ToString()] = file;
        return id;
    }, cancel);

    public Task<TransferTask?> GetAsync(string id, CancellationToken cancel) => DoAsync("transfer", () =>
    {
        _looks[id] = _looks.GetValueOrDefault(id) + 1;
        if (_looks[id] <= Looks || stock.Transfers[id].State != "active") return stock.Transfers.GetValueOrDefault(id);
        if (stock.TransferFailure is { } why) return stock.Transfers[id] = stock.Transfers[id] with { State = "deleted", Message = why };
        string? made = null;
        if (id.StartsWith("import", StringComparison.Ordinal))
        {
            var snapshot = made = stock.NewId("snap");
            stock.Snapshots[snapshot] = new FakeSnapshot(new CloudSnapshot(snapshot, "completed", "", "", 1L << 30, default, "", new Dictionary<string, string>()), null);
            if (id.StartsWith("import-snap", StringComparison.Ordinal)) return stock.Transfers[id] = stock.Transfers[id] with { State = "completed", Made = made };
            made = stock.NewId("ami");
            stock.Images[made] = new CloudImage(made, id, "available", "", "111122223333", cloud.Now, [snapshot], new Dictionary<string, string>());
            stock.Permissions[made] = new LaunchPermissions();
        }

        return stock.Transfers[id] = stock.Transfers[id] with { State = "completed", Made = made };
    }, cancel);

    public Task<IReadOnlyList<TransferTask>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => DoAsync<IReadOnlyList<TransferTask>>(
        "transfers", () => [.. stock.Transfers.Values.Where(t => FakeRegion.Has(t.Tags, tags))], cancel);

    public Task CancelAsync(string id, CancellationToken cancel) => DoAsync("CancelTransfer", () => stock.Transfers[id] = stock.Transfers[id] with { State = "deleted" }, cancel);

    private Task<T> DoAsync<T>(string call, Func<T> effect, CancellationToken cancel) => cloud.DoAsync(place.Region, call, effect, cancel);
}
