using System.Text.Json;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Exporting;
using ImageBuilder.Problems;
using ImageBuilder.Publishing;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Distribution;

/// <summary>
/// The stage Distribute: shows what will be done everywhere, does it everywhere at once, and reads it back. A target that fails stops none of the
/// others, and the next run does the rest.
/// </summary>
/// <param name="keep">Writes the record: after each target, so that a run that is killed leaves what it has done.</param>
public sealed class Distributor(BuildRun run, DiskMade disk, Tested tested, Exported exported, Func<Distributed, Task> keep)
{
    private const string Stage = "Distribute";
    private const string Unfinished = "The run ended before.";

    /// <param name="before">What an earlier run did of the same distribution; null: nothing.</param>
    /// <param name="last">The record that is there, of whatever distribution; null: none.</param>
    public async Task<Distributed> RunAsync(Distributed? before, Distributed? last, CancellationToken cancel)
    {
        CheckPublic(run);
        var raw = await CheckAsync(run, disk, tested, exported, cancel);
        var image = new ImageToDeliver(run, disk, exported, raw, new DateTimeOffset(exported.DiskModified, TimeSpan.Zero));
        var deliveries = DeliveriesOf(image);
        foreach (var delivery in deliveries.OfType<AmiDelivery>()) delivery.CheckName();
        var done = before?.DiskSha256 == exported.DiskSha256 && before.Build == exported.Build ? before.Targets.ToDictionary(t => t.Id) : [];
        List<IDelivery> left = [.. deliveries.Where(d => done.GetValueOrDefault(d.Target.Id)?.IsDone != true)];
        await ShowAsync(run, left, deliveries.Count - left.Count, cancel);
        using var alone = new SemaphoreSlim(1);
        foreach (var target in left.Select(d => d.Target)) done[target.Id] = done.GetValueOrDefault(target.Id) ?? target with { Why = Unfinished };
        List<(IDelivery Delivery, TargetDone Before)> work = [.. left.Select(d => (d, done[d.Target.Id]))];
        await Task.WhenAll(work.Select(async w => await KeepAsync(await TryAsync(run, w.Delivery, w.Before, cancel))));
        var result = Record();
        await NotifyAsync(run, result, cancel);
        return result;

        async Task KeepAsync(TargetDone target)
        {
            await alone.WaitAsync(cancel);
            try
            {
                done[target.Id] = target;
                await keep(Record());
            }
            finally
            {
                alone.Release();
            }
        }

        Distributed Record()
        {
            List<TargetDone> targets = [.. deliveries.Select(d => done[d.Target.Id])];
            var former = (last?.Targets ?? []).Concat(last?.Former ?? []).Where(t => (t.Image is not null || t.Files.Count > 0) && !targets.Exists(n => IsSame(n, t)));
            return new Distributed(DigestOf(run.Plan), exported.DiskSha256, exported.Build, image.Modified, targets) { Former = [.. former] };
        }
    }

    // The place has the same image by now, or files of the same names.
    private static bool IsSame(TargetDone now, TargetDone before) => now.Region == before.Region && now.Role == before.Role
        && (now.Image is not null ? now.Image == before.Image : before.Image is null && now.Id == before.Id);

    /// <summary>Digest of what the record of a distribution depends on.</summary>
    public static string DigestOf(Model.Plan plan) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        [.. System.Text.Encoding.UTF8.GetBytes(plan.Stages.Export), .. JsonSerializer.SerializeToUtf8Bytes(plan.Distribution with
        {
            // Where something stands in the recipe does not matter.
            Amis = [.. plan.Distribution.Amis.Select(a => a with { At = s_nowhere })],
            Buckets = [.. plan.Distribution.Buckets.Select(b => b with { At = s_nowhere })],
            Folders = [.. plan.Distribution.Folders.Select(f => f with { At = s_nowhere })],
        })]));

    private static readonly Place s_nowhere = new("");

    private static List<IDelivery> DeliveriesOf(ImageToDeliver image)
    {
        var wanted = image.Run.Plan.Distribution;
        var blocks = new Lazy<Task<BlockDigests>>(() => BlockDigests.OfAsync(image.Raw, CancellationToken.None));
        return
        [
            .. wanted.Amis.SelectMany((ami, item) => ami.Regions.Select(region => new AmiDelivery(image, ami, item, region, blocks))),
            .. wanted.Buckets.Select(bucket => new BucketDelivery(image, bucket)),
            .. wanted.Folders.Select(folder => new FolderDelivery(image, folder)),
        ];
    }

    private static void CheckPublic(BuildRun run)
    {
        if (!run.Wishes.AllowPublic && run.Plan.Distribution.Amis.FirstOrDefault(a => a.Permissions.Public) is { } ami) throw new ProblemException(ExitCode.Usage,
            new Problem("IB8204", $"The image of `{run.Plan.Recipe}` would be public.", "Everybody with an AWS account could start it and read all of its disk.",
            "Add --allow-public if that is meant, or remove `public: true`.", ami.At));
    }

    // The disk must be the one that was tested; its time says so where it has not been copied since.
    private static async Task<string> CheckAsync(BuildRun run, DiskMade disk, Tested tested, Exported exported, CancellationToken cancel)
    {
        ExportGate.CheckRecords(run, disk, tested);
        var raw = new FileInfo(Path.Combine(run.Folder, disk.File));
        ExportGate.CheckSize(run, disk, raw);
        if (raw.LastWriteTimeUtc != exported.DiskModified) await ExportGate.CheckBytesAsync(run, disk, raw.FullName, cancel);
        return raw.FullName;
    }

    private static async Task ShowAsync(BuildRun run, List<IDelivery> left, int done, CancellationToken cancel)
    {
        if (done > 0) run.Report.Write(new Noted($"{done} of {done + left.Count} targets are done."));
        var looks = await Task.WhenAll(left.Select(async delivery =>
        {
            try
            {
                return await delivery.LookAsync(cancel);
            }
            catch (ProblemException e)
            {
                return $"cannot be looked at: {e.Problems[0].What}";
            }
        }));
        foreach (var (delivery, look) in left.Zip(looks))
            run.Report.Write(new Noted($"{delivery.Target.Kind,-7}{delivery.Target.Region,-15}{delivery.Target.What}: {look}"));
    }

    private static async Task<TargetDone> TryAsync(BuildRun run, IDelivery delivery, TargetDone? before, CancellationToken cancel)
    {
        var start = run.Clock.GetTimestamp();
        run.Report.Write(new StepStarted(Stage, delivery.Target.Id));
        void Ended(bool reused, string status) =>
            run.Report.Write(new StepFinished(Stage, delivery.Target.Id, run.Clock.GetElapsedTime(start).TotalSeconds, reused, status));
        try
        {
            // Everything that can block (reading, digests) leaves the others going.
            var done = await Task.Run(() => delivery.DeliverAsync(before, cancel), cancel);
            Ended(done.Reused, "success");
            return done;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is ProblemException or IOException or UnauthorizedAccessException)
        {
            Ended(reused: false, "failed");
            var problems = (e as ProblemException)?.Problems
                ?? [new Problem("IB8205", "A file cannot be read or written.", e.Message, "Mend that and run the same command again.")];
            foreach (var problem in problems) run.Report.Write(new ProblemFound(problem));
            return delivery.Target with { Why = $"{problems[0].Code}: {problems[0].What} {problems[0].Why}" };
        }
    }

    private static async Task NotifyAsync(BuildRun run, Distributed result, CancellationToken cancel)
    {
        if (run.Plan.Distribution.Topic is not { } topic) return;
        var region = topic.Split(':')[3]; // the reader has checked the ARN
        var message = JsonSerializer.Serialize(new
        {
            recipe = run.Plan.Recipe,
            version = run.Plan.Version,
            build = result.Build,
            complete = result.IsComplete,
            targets = result.Targets.Select(t => new { t.Kind, t.Region, t.What, t.Image, done = t.IsDone, t.Why }),
        }, s_message);
        try
        {
            await run.Cloud.At(new CloudPlace(region)).Notifier.PublishAsync(
                topic, $"{run.Plan.Recipe} {run.Plan.Version}: {(result.IsComplete ? "distributed" : "partly distributed")}", message, cancel);
        }
        catch (ProblemException e)
        {
            // The image is where it shall be, whether somebody hears of it or not.
            run.Report.Write(new Noted($"Nobody could be told: {e.Problems[0].What} {e.Problems[0].Why}"));
        }
    }

    private static readonly JsonSerializerOptions s_message = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
}
