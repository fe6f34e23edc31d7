using ImageBuilder.Records;

namespace ImageBuilder.Contracts;

/// <summary>Writes a tested disk in every format that its recipe asks for.</summary>
public interface IImageExporter
{
    /// <summary>True when an earlier export of these very bytes still stands, with every file as it was left.</summary>
    bool IsCurrent(BuildRun run, DiskMade disk, Tested tested, Exported found);

    /// <summary>The files of an earlier export that a new one of this disk would not write again.</summary>
    IReadOnlyList<Artifact> Kept(BuildRun run, string diskSha256, Exported? last);

    /// <summary>Refuses a disk that the test record does not speak of, or that failed its tests.</summary>
    Task<Exported> ExportAsync(BuildRun run, DiskMade disk, Tested tested, CancellationToken cancel);
}
