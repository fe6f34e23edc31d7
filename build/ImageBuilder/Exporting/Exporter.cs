using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Exporting;

/// <summary>
/// The stage Export: checks the gate, writes all formats side by side into a folder beside their final place, reads each back,
/// and only then puts them there. Whatever happens before that leaves nothing of this build.
/// </summary>
public sealed class Exporter : IImageExporter
{
    private const string WorkFolder = ".export";

    // The same sources give the same id, so a rebuilt program does not write everything anew.
    private static string Writer => typeof(Exporter).Module.ModuleVersionId.ToString("N");

    public bool IsCurrent(BuildRun run, DiskMade disk, Tested tested, Exported found)
    {
        ExportGate.CheckRecords(run, disk, tested);
        var raw = new FileInfo(Path.Combine(run.Folder, disk.File));
        return raw.Exists && raw.LastWriteTimeUtc == found.DiskModified
            && found.Artifacts.Select(a => a.Format).ToHashSet().SetEquals(run.Plan.Outputs)
            && Kept(run, tested.DiskSha256, found).Count == found.Artifacts.Count
            && File.Exists(Path.Combine(run.Folder, DigestList.FileName));
    }

    public async Task<Exported> ExportAsync(BuildRun run, DiskMade disk, Tested tested, CancellationToken cancel)
    {
        ExportGate.CheckRecords(run, disk, tested);
        var formats = FormatsOf(run.Plan);
        var raw = new FileInfo(Path.Combine(run.Folder, disk.File));
        ExportGate.CheckSize(run, disk, raw);

        var work = Path.Combine(run.Folder, WorkFolder);
        var modified = raw.LastWriteTimeUtc;
        var free = 0L;
        try
        {
            Remove(work);
            free = ExportRoom.Free(run.Folder);
            Directory.CreateDirectory(work);
            var last = await LastAsync(run, cancel);
            var kept = Kept(run, tested.DiskSha256, last);
            var written = await new FormatWriting(run, disk, tested.DiskSha256, raw.FullName, work, kept) { Earlier = Earlier(run, last) }.RunAsync(formats, cancel);
            List<Artifact> artifacts = [.. kept.Concat(written).OrderBy(a => a.Format, StringComparer.Ordinal)];
            await PublishAsync(run, work, artifacts, cancel);
            return new Exported(run.Plan.Stages.Export, (last?.Build ?? 0) + 1, tested.DiskSha256, modified, Writer, artifacts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ExportRoom.Explain(e, run.Folder, raw.FullName, formats.Count, free);
        }
        finally
        {
            Remove(work);
        }
    }

    private static List<IImageFormat> FormatsOf(Plan plan)
    {
        var known = Catalog<IImageFormat>.All;
        var unknown = plan.Outputs.FirstOrDefault(name => !known.Any(f => f.Name == name));
        if (unknown is not null) throw new ProblemException(ExitCode.Usage, new Problem("IB6015",
            $"There is no format `{unknown}`.", "The plan asks for it.",
            Suggestion.Fix(unknown, [.. known.Select(f => f.Name)])));
        return [.. known.Where(f => plan.Outputs.Contains(f.Name))];
    }

    private static Task<Exported?> LastAsync(BuildRun run, CancellationToken cancel)
    {
        var path = Path.Combine(run.Folder, RecordFiles.ExportFile);
        return RecordFiles.TryReadAsync<Exported>(path, $"Delete {path} and run the target Export again.", cancel);
    }

    // Files of the same disk that are as they were left need not be written again when only others are asked for.
    public IReadOnlyList<Artifact> Kept(BuildRun run, string diskSha256, Exported? last) =>
        last is null || last.Plan != run.Plan.Stages.Export || last.DiskSha256 != diskSha256 || last.Writer != Writer ? []
            : [.. last.Artifacts.Where(a => run.Plan.Outputs.Contains(a.Format) && a.Inputs == InputsOf(run.Plan, a.Format) && IsAsLeft(run, a))];

    private static List<Artifact> Earlier(BuildRun run, Exported? last) => last?.Writer == Writer ? [.. last.Artifacts.Where(a => IsAsLeft(run, a))] : [];

    // The files that call an image finished go first and come last, so that they never speak of a mixture.
    private static async Task PublishAsync(BuildRun run, string work, IReadOnlyList<Artifact> artifacts, CancellationToken cancel)
    {
        File.Delete(Path.Combine(run.Folder, RecordFiles.ManifestFile));
        File.Delete(Path.Combine(run.Folder, DigestList.FileName));
        foreach (var file in Catalog<IImageFormat>.All.Select(format => FormatWriting.FileName(run.Plan, format)))
        {
            var (made, final) = (Path.Combine(work, file), Path.Combine(run.Folder, file));
            if (!artifacts.Any(a => a.File == file)) File.Delete(final);
            else if (File.Exists(made)) File.Move(made, final, overwrite: true);
            else continue;
            File.Delete(KeptPieces.IndexOf(final));
            if (File.Exists(KeptPieces.IndexOf(made))) File.Move(KeptPieces.IndexOf(made), KeptPieces.IndexOf(final));
        }

        await DigestList.WriteAsync(run.Folder, artifacts, cancel);
    }

    private static string InputsOf(Plan plan, string format) => Catalog<IImageFormat>.All.FirstOrDefault(f => f.Name == format)?.InputsOf(plan) ?? "";

    private static bool IsAsLeft(BuildRun run, Artifact artifact)
    {
        var file = new FileInfo(Path.Combine(run.Folder, artifact.File));
        return file.Exists && file.Length == artifact.Size && file.LastWriteTimeUtc == artifact.Modified;
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
