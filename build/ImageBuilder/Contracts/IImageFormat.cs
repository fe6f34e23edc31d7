using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Contracts;

/// <summary>What a format writes from: the finished raw disk and what describes it.</summary>
/// <param name="RawFile">Absolute path.</param>
/// <param name="Epoch">Unix seconds for times in headers.</param>
public sealed record DiskSource(Plan Plan, string RawFile, long Size, string Sha256, long Epoch, string OsId, string OsName);

/// <summary>Writes a disk in one format. Implementations are found by reflection and named by nobody.</summary>
public interface IImageFormat
{
    /// <summary>As in a recipe's <c>outputs</c>.</summary>
    string Name { get; }

    /// <summary>With the dot, e.g. <c>.vmdk</c>.</summary>
    string Extension { get; }

    /// <summary>Writes <paramref name="path"/>; the same source gives the same bytes whatever the path's folder is.</summary>
    Task WriteAsync(DiskSource source, string path, IProgramRunner programs, CancellationToken cancel);

    /// <summary>Reads the file back with a tool that did not write it where there is one, and compares it with the raw disk.</summary>
    /// <returns>How it was compared. A difference is a problem with exit code 14.</returns>
    Task<string> VerifyAsync(DiskSource source, string path, IProgramRunner programs, CancellationToken cancel);
}
