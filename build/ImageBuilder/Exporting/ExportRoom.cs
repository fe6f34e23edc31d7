using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Exporting;

/// <summary>Explains why files could not be written, with the room that an export needs and has.</summary>
public static class ExportRoom
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    public static long Free(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <param name="free">What was free before the export, which has filled it by now.</param>
    public static ProblemException Explain(Exception cause, string folder, string raw, int formats, long free)
    {
        if (cause.HResult is not (NoSpaceLeft or QuotaExceeded)) return AtomicFile.Unwritable(folder, cause);
        using var disk = new RawDisk(raw);
        return new ProblemException(ExitCode.Prerequisites, new Problem("IB6020",
            $"There is no room for the artifacts in `{folder}`.",
            $"They need up to {MiB(disk.DataSize() * formats)} ({formats} × {MiB(disk.DataSize())}), "
                + $"{MiB(free)} are free there. Nothing of this export was kept.",
            "Free some space, choose another folder with --artifacts=, or ask for fewer formats with --output=."), cause);
    }

    private static string MiB(long bytes) => $"{bytes >> 20} MiB";
}
