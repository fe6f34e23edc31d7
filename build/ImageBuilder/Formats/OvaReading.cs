using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Problems;

namespace ImageBuilder.Formats;

/// <summary>A file inside an OVA.</summary>
public sealed record OvaFile(string Name, string Sha256);

/// <summary>Reads OVA files back.</summary>
public static class OvaReading
{
    /// <summary>Lists the files and checks those that the manifest names against their digests.</summary>
    public static async Task<IReadOnlyList<OvaFile>> CheckManifestAsync(string path, CancellationToken cancel)
    {
        var files = new List<OvaFile>();
        var listed = new Dictionary<string, string>();
        await using var stream = File.OpenRead(path);
        await using var tar = new TarReader(stream);
        while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            var content = entry.DataStream ?? Stream.Null;
            if (entry.Name.EndsWith(".mf", StringComparison.Ordinal)) await ReadManifestAsync(content, listed, cancel);
            else files.Add(new OvaFile(entry.Name, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel))));
        }

        foreach (var file in files)
            if (listed.GetValueOrDefault(file.Name) != file.Sha256)
                throw new ProblemException(ExitCode.Integrity, new Problem("IB6004",
                    $"`{file.Name}` in `{Path.GetFileName(path)}` is damaged.",
                    $"The manifest says SHA-256 {listed.GetValueOrDefault(file.Name, "(nothing)")}, the file has {file.Sha256}.",
                    "Run the target Export again; if it happens again, check this machine's disk and memory."));
        return files;
    }

    // Lines as `SHA256(name)= digest`.
    private static async Task ReadManifestAsync(Stream content, Dictionary<string, string> listed, CancellationToken cancel)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancel) is { } line)
            if (line.Split(")= ") is [var name, var digest] && name.StartsWith("SHA256(", StringComparison.Ordinal))
                listed[name["SHA256(".Length..]] = digest;
    }
}
