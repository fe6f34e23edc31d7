using ImageBuilder.Clouds;
using ImageBuilder.FileSystems;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>How far the writing of a snapshot is.</summary>
public sealed record PublishProgress(CloudPlace Place, int Done, int Of);

/// <summary>
/// Writes a raw disk into a snapshot block by block, without any machine: only blocks that hold something, and of these only the ones that the
/// recipe's last snapshot does not have.
/// </summary>
/// <param name="stage">That it is done for.</param>
public sealed class DiskPublisher(CloudJournal journal, ICloud cloud, PublishedBlocks memory, TimeProvider clock, string stage)
{
    // A put takes a tenth of a second: so many of them at once reach what a snapshot takes.
    private const int Workers = 64;

    private const int Samples = 16;

    /// <param name="blocks">Of the disk.</param>
    /// <param name="progress">Told after each block.</param>
    public async Task<SnapshotMade> PublishAsync(RawSource disk, BlockDigests blocks, SnapshotWish wish, Action<PublishProgress>? progress, CancellationToken cancel)
    {
        var region = cloud.At(wish.Place);
        var content = ContentTags.Of(disk, wish);
        if (await ContentTags.FindAsync(region, content, cancel) is { } there) return new SnapshotMade(there, 0, Reused: true);
        var account = (await region.Identity.WhoAsync(cancel)).Account;
        var parent = await ParentAsync(region, wish, account, cancel);
        var (made, isWhole) = await WriteAsync(parent);
        if (!isWhole && parent is not null)
        {
            // What stands for AWS need not know parents.
            await journal.RemoveAsync(wish.Place, ResourceKind.Snapshot, made.Id, cancel);
            parent = null;
            (made, isWhole) = await WriteAsync(null);
        }

        if (!isWhole)
        {
            await journal.RemoveAsync(wish.Place, ResourceKind.Snapshot, made.Id, cancel);
            throw new ProblemException(ExitCode.Integrity, new Problem("IB8101", $"The snapshot {made.Id} in {wish.Place} does not hold the disk that was written into it.",
                "Blocks that were read back are missing or differ.", "Run the same command again; it begins a new one."));
        }

        await memory.RememberAsync(wish, account, made.Id, disk.Sha256, blocks, cancel);
        return made;

        async Task<(SnapshotMade Made, bool IsWhole)> WriteAsync((string Id, BlockDigests Blocks)? from)
        {
            using var done = memory.ProgressOf(wish, account, disk.Sha256);
            var todo = blocks.ChangedSince(from?.Blocks);
            var (id, before) = await BeginAsync(region, disk, wish, from?.Id, content, done, cancel);
            var put = await PutAsync(region, disk, blocks, id, todo, before, done, n => progress?.Invoke(new PublishProgress(wish.Place, n, todo.Count)), cancel);
            await region.Snapshots.CompleteAsync(id, todo.Count, blocks.Linear(todo), cancel);
            await AwaitAsync(region, id, cancel);
            done.Delete();
            return (new SnapshotMade(id, put, Reused: false), await HoldsAsync(region, id, blocks, cancel));
        }
    }

    private async Task<(string Id, BlockDigests Blocks)?> ParentAsync(ICloudRegion region, SnapshotWish wish, string account, CancellationToken cancel)
    {
        if (await memory.LastAsync(wish, account, cancel) is not ({ } last, { } blocks)) return null;
        var found = await region.Snapshots.GetAsync(last.Snapshot, cancel);
        return found?.State == "completed" && found.Tags.GetValueOrDefault(ContentTags.Content) == last.Content ? (last.Snapshot, blocks) : null;
    }

    // Goes on with a snapshot that an earlier run has begun and not ended.
    private async Task<(string Id, IReadOnlySet<int> Done)> BeginAsync(
        ICloudRegion region, RawSource disk, SnapshotWish wish, string? parent, IReadOnlyDictionary<string, string> content, PutBlocks done, CancellationToken cancel)
    {
        if (done.Read() is { } before && before.Parent == parent && await region.Snapshots.GetAsync(before.Snapshot, cancel) is { State: "pending" })
        {
            await journal.AdoptAsync(wish.Place, ResourceKind.Snapshot, before.Snapshot, $"snapshot {disk.Sha256}", stage, cancel);
            done.Open(before.Snapshot, parent);
            return (before.Snapshot, before.Blocks);
        }

        var id = await journal.MakeAsync(wish.Place, ResourceKind.Snapshot, $"snapshot {disk.Sha256} {parent}", stage, making => region.Snapshots.StartAsync(
            new NewSnapshot(disk.VolumeBytes, wish.Description, parent, wish.Encrypted, wish.KeyArn, wish.Tags.With(content, making.Tags), making.Token), cancel), cancel);
        done.Open(id, parent);
        return (id, new HashSet<int>());
    }

    private static async Task<int> PutAsync(ICloudRegion region, RawSource disk, BlockDigests blocks, string id, IReadOnlyList<int> todo,
        IReadOnlySet<int> before, PutBlocks done, Action<int> progress, CancellationToken cancel)
    {
        using var raw = new RawDisk(disk.Path);
        List<int> left = [.. todo.Where(i => !before.Contains(i))];
        var (next, count) = (-1, todo.Count - left.Count);
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Workers, left.Count)).Select(_ => Task.Run(WorkAsync, cancel)));
        return left.Count;

        async Task WorkAsync()
        {
            var block = new byte[IBlockSnapshots.BlockSize];
            try
            {
                while (Interlocked.Increment(ref next) is var at && at < left.Count)
                {
                    failing.Token.ThrowIfCancellationRequested();
                    raw.Read((long)left[at] * block.Length, block);
                    await region.Snapshots.PutAsync(id, left[at], block, blocks.DigestOf(left[at]), failing.Token);
                    done.Add(left[at]);
                    progress(Interlocked.Increment(ref count));
                }
            }
            catch
            {
                await failing.CancelAsync();
                throw;
            }
        }
    }

    private async Task AwaitAsync(ICloudRegion region, string id, CancellationToken cancel)
    {
        var ended = await CloudWait.UntilAsync(clock, () => region.Snapshots.GetAsync(id, cancel), s => s.State != "pending", changed: null, cancel);
        if (ended.State != "completed") throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8102",
            $"The snapshot {id} in {region.Place} did not become complete.", $"Its state is {ended.State}: {ended.Why}", "Run the same command again."));
    }

    // All blocks must be there, and some are read: the service has compared each of them with its digest when it was put.
    private static async Task<bool> HoldsAsync(ICloudRegion region, string id, BlockDigests blocks, CancellationToken cancel)
    {
        var there = (await region.Snapshots.BlocksAsync(id, cancel)).ToDictionary(b => b.Index);
        if (blocks.Indexes.Any(i => !there.ContainsKey(i))) return false;
        var step = Math.Max(1, blocks.Indexes.Count / Samples);
        var checks = blocks.Indexes.Where((_, at) => at % step == 0).Select(async index =>
        {
            var block = await region.Snapshots.ReadAsync(id, there[index], cancel);
            return System.Security.Cryptography.SHA256.HashData(block).AsSpan().SequenceEqual(blocks.DigestOf(index));
        });
        return (await Task.WhenAll(checks)).All(same => same);
    }
}
