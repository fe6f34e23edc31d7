using System.Collections.Concurrent;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Exporting;

/// <summary>One export's writing of all formats side by side, while it is checked that the disk is the one that was tested.</summary>
/// <param name="sha256">Of the disk that was tested.</param>
/// <param name="raw">Path of the disk.</param>
/// <param name="work">Folder in which files get their final names: some formats keep their name inside.</param>
/// <param name="kept">Artifacts of an earlier export of this disk, which are not written again.</param>
public sealed class FormatWriting(BuildRun run, DiskMade disk, string sha256, string raw, string work, IReadOnlyList<Artifact> kept)
{
    private const string Stage = "Export";
    private static readonly TimeSpan s_signOfLife = TimeSpan.FromMilliseconds(500);

    private readonly DiskSource _source = new(run.Plan, raw, disk.Size, sha256, disk.Epoch);
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _written = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _compared = new();
    private readonly ConcurrentDictionary<string, KeptPieces> _pieces = new();

    /// <summary>Artifacts of the export before this one, as they were left, from which pieces are taken; null: none, nor are any kept for the next one.</summary>
    public IReadOnlyList<Artifact>? Earlier { get; init; }

    public static string FileName(Plan plan, IImageFormat format) => $"{plan.Recipe}-{plan.Version}{format.Extension}";

    /// <summary>Writes, compares and digests the formats that were not kept. The first failure stops the others.</summary>
    public async Task<IReadOnlyList<Artifact>> RunAsync(IReadOnlyList<IImageFormat> formats, CancellationToken cancel)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var gate = StopOthersAsync(CheckDiskAsync(failed.Token));
        foreach (var artifact in kept) Keep(artifact);
        var artifacts = formats.Where(format => !kept.Any(a => a.Format == format.Name))
            .Select(format => StopOthersAsync(MakeAsync(format, gate, failed.Token))).ToList();
        await Task.WhenAll([gate, .. artifacts]); // throws the failure and not the stops that followed from it
        return await Task.WhenAll(artifacts);

        async Task<T> StopOthersAsync<T>(Task<T> part)
        {
            try
            {
                return await part;
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }
    }

    private void Keep(Artifact artifact)
    {
        var path = Path.Combine(run.Folder, artifact.File);
        _written[artifact.Format] = new Lazy<Task<string>>(Task.FromResult(path));
        _compared[artifact.Format] = new Lazy<Task<string>>(Task.FromResult(artifact.Compared));
        run.Report.Write(new StepFinished(Stage, artifact.Format, 0, Reused: true, "success"));
    }

    private async Task<string> CheckDiskAsync(CancellationToken cancel)
    {
        await ExportGate.CheckBytesAsync(run, disk, raw, cancel);
        return sha256;
    }

    private async Task<Artifact> MakeAsync(IImageFormat format, Task<string> disk, CancellationToken cancel)
    {
        var start = run.Clock.GetTimestamp();
        run.Report.Write(new StepStarted(Stage, format.Name));
        var path = await WrittenAsync(format, cancel);
        var compared = await ComparedAsync(format, cancel);
        var sha256 = format.IsDisk ? await disk
            : await FileDigest.OfAsync(path, Advance(format.Name, "taking its SHA-256"), cancel);
        await Task.Run(() => Flush(path), cancel);
        if (_pieces.TryGetValue(format.Name, out var pieces)) pieces.Write(path, sha256);

        var file = new FileInfo(path);
        var allocated = AllocatedSize(path);
        var artifact = new Artifact(format.Name, file.Name, file.Length, allocated, file.LastWriteTimeUtc, sha256, compared) { Inputs = format.InputsOf(run.Plan) };
        var seconds = run.Clock.GetElapsedTime(start).TotalSeconds;
        run.Report.Write(new StepFinished(Stage, format.Name, seconds, Reused: false, "success"));
        run.Report.Write(new ArtifactWritten(artifact, seconds));
        return artifact;
    }

    // Once per format, whoever asks first: the format itself or one that is made from it.
    private Task<string> WrittenAsync(IImageFormat format, CancellationToken cancel) =>
        _written.GetOrAdd(format.Name, _ => new Lazy<Task<string>>(async () =>
        {
            var path = Path.Combine(work, FileName(run.Plan, format));
            using var pieces = Earlier?.FirstOrDefault(a => a.Format == format.Name) is { } earlier
                ? KeptPieces.Of(Path.Combine(run.Folder, earlier.File), earlier.Sha256) : KeptPieces.None();
            await format.WriteAsync(await JobAsync(format, cancel) with { Pieces = pieces }, path, cancel);
            if (Earlier is not null) _pieces[format.Name] = pieces;
            return path;
        })).Value;

    private Task<string> ComparedAsync(IImageFormat format, CancellationToken cancel) =>
        _compared.GetOrAdd(format.Name, _ => new Lazy<Task<string>>(async () =>
        {
            var path = await WrittenAsync(format, cancel);
            if (SourceOf(format) is { } source) await ComparedAsync(source, cancel);
            run.Report.Write(new Progress(Stage, format.Name, "comparing with the disk"));
            return await format.VerifyAsync(await JobAsync(format, cancel), path, cancel);
        })).Value;

    private async Task<FormatJob> JobAsync(IImageFormat format, CancellationToken cancel)
    {
        var made = new Dictionary<string, string>();
        if (SourceOf(format) is { } source) made[source.Name] = await WrittenAsync(source, cancel);
        return new FormatJob(_source, run.Programs, made, Advance(format.Name, "writing"));
    }

    private static IImageFormat? SourceOf(IImageFormat format) =>
        format.MadeFrom is { } name ? Catalog<IImageFormat>.All.Single(f => f.Name == name) : null;

    private Action<double> Advance(string id, string text)
    {
        var last = run.Clock.GetTimestamp();
        return fraction =>
        {
            if (run.Clock.GetElapsedTime(last) < s_signOfLife) return;
            last = run.Clock.GetTimestamp();
            run.Report.Write(new Progress(Stage, id, text, fraction));
        };
    }

    private static long AllocatedSize(string path)
    {
        using var file = new RawDisk(path);
        return file.DataSize();
    }

    private static void Flush(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }
}
