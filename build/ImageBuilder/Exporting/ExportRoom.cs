using ImageBuilder.Formats;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Exporting;

/// <summary>Explains why files could not be written, with the room that an export needs and has.</summary>
public static class ExportRoom
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    public static ProblemException Explain(Exception cause, string folder, string raw, int formats)
    {
        if (cause.HResult is not (NoSpaceLeft or QuotaExceeded)) return AtomicFile.Unwritable(folder, cause);
        using var disk = new RawDisk(raw);
        return new ProblemException(ExitCode.Prerequisites, new Problem("IB6020",
            $"There is no room for the artifacts in `{folder}`.",
            $"They need up to {MiB(disk.DataSize() * formats)} ({formats} × {MiB(disk.DataSize())}), "
                + $"{MiB(new DriveInfo(folder).AvailableFreeSpace)} are free there. Nothing of this export was kept.",
            "Free some space, choose another folder with --artifacts=, or ask for fewer formats with --output=."), cause);
    }

    private static string MiB(long bytes) => $"{bytes >> 20} MiB";
}
