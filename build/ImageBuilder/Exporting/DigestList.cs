using System.Text;
using ImageBuilder.Records;

namespace ImageBuilder.Exporting;

/// <summary>The list of digests that <c>sha256sum -c SHA256SUMS</c> checks.</summary>
public static class DigestList
{
    public const string FileName = "SHA256SUMS";

    public static string Text(IEnumerable<Artifact> artifacts) =>
        string.Concat(artifacts.OrderBy(a => a.File, StringComparer.Ordinal).Select(a => $"{a.Sha256}  {a.File}\n"));

    public static Task WriteAsync(string folder, IReadOnlyList<Artifact> artifacts, CancellationToken cancel) =>
        AtomicFile.WriteAsync(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(Text(artifacts)), cancel);
}
