using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Contracts;

/// <summary>What a format writes from: the finished raw disk and what describes it.</summary>
/// <param name="RawFile">Absolute path; nothing changes it while formats are written.</param>
/// <param name="Sha256">Over all bytes of the disk: the seed of every id in a header.</param>
/// <param name="Epoch">Unix seconds for times in headers.</param>
public sealed record DiskSource(Plan Plan, string RawFile, long Size, string Sha256, long Epoch);

/// <summary>One format's part of an export.</summary>
/// <param name="Made">Finished files by format name: what <see cref="IImageFormat.MadeFrom"/> asked for, else empty. They are
/// compared with the disk before <see cref="IImageFormat.VerifyAsync"/> is called.</param>
/// <param name="Advance">Gets the done share of the disk, 0…1, as often as convenient.</param>
public sealed record FormatJob(
    DiskSource Source, IProgramRunner Programs, IReadOnlyDictionary<string, string> Made, Action<double> Advance)
{
    /// <summary>What the artifact before this one has compressed already.</summary>
    public KeptPieces Pieces { get; init; } = KeptPieces.None();
}

/// <summary>Writes a disk in one format. Implementations are found by reflection and named by nobody.</summary>
public interface IImageFormat
{
    /// <summary>As in a recipe's <c>outputs</c>.</summary>
    string Name { get; }

    /// <summary>What follows <c>&lt;recipe&gt;-&lt;version&gt;</c> in the file's name, with the dot, e.g. <c>.vmdk</c>.</summary>
    string Extension { get; }

    /// <summary>The format whose finished file this one wraps, so that nothing is compressed twice; null: none.</summary>
    string? MadeFrom => null;

    /// <summary>What of the plan stands in the file besides the disk's content and its own name, as text.</summary>
    string InputsOf(Plan plan) => "";

    /// <summary>True where the file is the disk itself, byte for byte: once compared, its digest is the disk's.</summary>
    bool IsDisk => false;

    /// <summary>Writes the file; the same source and file name give the same bytes, in any folder and at any time.</summary>
    Task WriteAsync(FormatJob job, string path, CancellationToken cancel);

    /// <summary>Reads the file back, where possible with a tool that did not write it, and compares it with the disk.</summary>
    /// <returns>How it was compared. A difference is a problem with exit code 14.</returns>
    Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel);
}
