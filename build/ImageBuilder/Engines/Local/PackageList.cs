using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>What of packages is known at a layer: kept with the layer as outputs of the script that made it.</summary>
public static class PackageList
{
    /// <summary>Output of a parent image: a line for each repository it came from, <c>suite digest</c>.</summary>
    public const string Repositories = "repositories";

    private const string Output = "packages";
    private const string Archive = "archive:";
    private const string Files = "files:";

    /// <summary>Text for a script in the image that leaves the list of packages as an output.</summary>
    public static string Script(IDistribution distribution) => $"(\nexec >\"$IMAGEBUILDER_OUTPUTS/0.{Output}\"\n{distribution.PackagesScript.TrimEnd()}\n)";

    /// <summary>The packages in the root whose topmost layer listed them.</summary>
    public static IReadOnlyList<PackageVersion> Of(LayerChain chain)
    {
        // What was sealed once has forgotten its archives, but its layer has not.
        var before = new Dictionary<(string, string, string), PackageVersion>();
        IReadOnlyList<PackageVersion> last = [];
        foreach (var layer in chain.Layers.Select(l => l.Layer).Where(IsList))
        {
            last = [.. Lines(layer).Select(p => p.Sha256 is null ? before.GetValueOrDefault((p.Name, p.Version, p.Architecture)) ?? p : p)];
            foreach (var package in last) before[(package.Name, package.Version, package.Architecture)] = package;
        }

        return last;
    }

    /// <summary>What a parent image holds as one digest: nothing of mirrors, machines or the hour is in it.</summary>
    public static string DigestOf(IEnumerable<PackageVersion> packages, long epoch) => Sha256(string.Join('\n', packages
        .Select(p => $"{p.Name} {p.Version} {p.Architecture} {p.Sha256 ?? p.Files}").Order(StringComparer.Ordinal).Prepend($"parent 1 {epoch}")));

    /// <summary>What the repositories were when a parent image was made.</summary>
    public static IReadOnlyList<LockedRepository> RepositoriesOf(Layer parent) =>
        [.. Text(parent, Repositories).Select(line => line.Split(' ')).Where(f => f.Length == 2).Select(f => new LockedRepository(f[0], f[1]))];

    // A component's step may have an output of this name, too.
    private static bool IsList(Layer layer) => layer.Outputs is [var first, ..] && first.ContainsKey(Output)
        && (layer.Parent is null || layer.What.StartsWith("imagebuilder/", StringComparison.Ordinal));

    private static IEnumerable<PackageVersion> Lines(Layer layer) =>
        from line in Text(layer, Output)
        let f = line.Split('\t')
        select new PackageVersion(f[0], f[1], f[2], After(Archive, f[3]), After(Files, f[3]));

    private static string? After(string prefix, string digest) => digest.StartsWith(prefix, StringComparison.Ordinal) ? digest[prefix.Length..] : null;

    private static string[] Text(Layer layer, string output) => layer.Outputs is [var first, ..] && first.TryGetValue(output, out var text)
        ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
