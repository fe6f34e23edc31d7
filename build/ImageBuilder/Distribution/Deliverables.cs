using ImageBuilder.Exporting;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>The files of an image that are delivered.</summary>
internal static class Deliverables
{
    /// <param name="formats">Empty: all that there are.</param>
    /// <returns>With the file's path on this machine first.</returns>
    public static IReadOnlyList<(string Path, FileDone File)> Of(ImageToDeliver image, IReadOnlyList<string> formats)
    {
        List<(string, FileDone)> files = [.. image.Exported.Artifacts.Where(a => formats.Count == 0 || formats.Contains(a.Format)).Select(a => File(a.File, a.Size, a.Sha256))];
        return [.. files, .. ((string[])[DigestList.FileName, RecordFiles.ManifestFile]).Where(f => System.IO.File.Exists(In(f))).Select(f =>
        {
            using var stream = System.IO.File.OpenRead(In(f));
            return File(f, stream.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)));
        })];

        string In(string file) => Path.Combine(image.Run.Folder, file);
        (string, FileDone) File(string name, long size, string sha256) => (In(name), new FileDone(name, size, sha256));
    }
}
