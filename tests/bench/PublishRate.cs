using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Clouds;
using ImageBuilder.FileSystems;
using ImageBuilder.Journals;
using ImageBuilder.Publishing;

namespace Bench;

/// <summary>A disk with 2 GiB of content into snapshots of three regions at once, and again with one block in a hundred changed; the cloud is one that takes its time.</summary>
internal sealed class PublishRate : IDisposable
{
    private const int Blocks = 4096; // of 512 KiB: 2 GiB
    private const int Workers = 64;  // that a region takes at once
    private const int Changed = Blocks / 100;

    private static readonly string[] s_regions = ["eu-west-1", "us-east-1", "ap-southeast-2"];

    private readonly DirectoryInfo _folder = Scratch.InMemory();

    private string Raw => Path.Combine(_folder.FullName, "disk.raw");

    public async Task TakeAsync(CancellationToken cancel)
    {
        Write(0, Blocks);
        SlowSnapshots.Content = Read;
        using var cloud = new SlowCloud();
        Console.WriteLine(
            $"\n### 2 GiB into snapshots of {s_regions.Length} regions ({SlowCloud.Put.TotalMilliseconds:0} ms a block, {SlowCloud.Call.TotalMilliseconds:0} ms a call)\n");
        Console.WriteLine("| what | measured | goal | |\n|---|---|---|---|");
        var first = await PublishAsync(cloud, "1", cancel);
        var ideal = Blocks / (Workers / SlowCloud.Put.TotalSeconds);
        var share = ideal / first.Seconds;
        Row("block rate of each region, of what 64 workers allow", $"{share * 100:0} % ({first.Seconds:0.0} s for {first.Puts} blocks)", "80 %", share >= 0.8);
        for (var i = 0; i < Changed; i++) Write(i * 100, 1);
        var second = await PublishAsync(cloud, "2", cancel);
        var part = (double)(second.Puts + second.Calls) / (first.Puts + first.Calls);
        Row("calls when 1 % of the blocks changed, of those of the first time", $"{part * 100:0.0} % ({second.Puts} blocks, {second.Calls} other calls)", "5 %", part <= 0.05);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(double Seconds, int Puts, int Calls)> PublishAsync(SlowCloud cloud, string version, CancellationToken cancel)
    {
        var disk = new RawSource(Raw, (long)Blocks * IBlockSnapshots.BlockSize, await FileDigest.OfAsync(Raw, _ => { }, cancel));
        var digests = await BlockDigests.OfAsync(Raw, cancel);
        cloud.Forget();
        using var run = new CloudRun(() => cloud, Path.Combine(_folder.FullName, "journal"), TimeProvider.System);
        var published = new PublishedBlocks(Path.Combine(_folder.FullName, "published"));
        var publisher = new DiskPublisher(run.JournalOf("bench", version), cloud, published, TimeProvider.System, "Distribute");
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(s_regions.Select(region => Task.Run(() => publisher.PublishAsync(
            disk, digests, new SnapshotWish("bench", new CloudPlace(region), false, null, "", new Dictionary<string, string>()), null, cancel), cancel)));
        return (watch.Elapsed.TotalSeconds, cloud.Puts, cloud.Calls);
    }

    private void Write(int from, int count)
    {
        using var file = new FileStream(Raw, FileMode.OpenOrCreate, FileAccess.Write);
        var block = new byte[IBlockSnapshots.BlockSize];
        for (var index = from; index < from + count; index++)
        {
            Random.Shared.NextBytes(block);
            file.Position = (long)index * block.Length;
            file.Write(block);
        }
    }

    private byte[] Read(int index)
    {
        using var file = File.OpenHandle(Raw);
        var block = new byte[IBlockSnapshots.BlockSize];
        RandomAccess.Read(file, block, (long)index * block.Length);
        return block;
    }

    private static void Row(string what, FormattableString measured, string goal, bool reached) => Console.WriteLine(
        $"| {what} | {measured.ToString(CultureInfo.InvariantCulture)} | {goal} | {(reached ? "reached" : "NOT REACHED")} |");
}
