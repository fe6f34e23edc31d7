using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>Handles layers' files inside a user namespace, where their owners exist.</summary>
public sealed class LayerTrees(UserNamespace space) : ILayerTrees
{
    // The folders of overlayfs are without any permission, which nobody but root can remove.
    private const string Remove = """chmod -f 700 -- "${@/%//overlay/work}" || :; rm -rf -- "$@" """;

    private const string Measure = """
        cd "$1"
        find . -mindepth 1 -type d -printf '%y %m %U %G 0 %p\0' -o -mindepth 1 -printf '%y %m %U %G %s %p\0' | LC_ALL=C sort -z >"$2"
        tr -cd '\0' <"$2" | wc -c
        find . -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
        sha256sum <"$2"
        rm "$2"
        """;

    // What the script says of an empty folder.
    private static readonly TreeMeasure s_nothing = new(0, 0, Convert.ToHexStringLower(SHA256.HashData([])));

    public string Owner => space.Owner;

    public async Task RemoveAsync(IReadOnlyList<string> folders, CancellationToken cancel) =>
        (await space.RunAsync(Remove, folders, "/", null, cancel)).OrThrow("Unfinished work in the cache could not be removed.");

    public async Task<TreeMeasure> MeasureAsync(string root, CancellationToken cancel)
    {
        if (!Directory.EnumerateFileSystemEntries(root).Any()) return s_nothing;
        var result = (await space.RunAsync("set -euo pipefail\n" + Measure, [root, root + ".list"], "/", null, cancel)).OrThrow(
            $"The new layer in `{root}` could not be read.");
        var lines = result.Output.Split('\n');
        return new TreeMeasure(long.Parse(lines[0], CultureInfo.InvariantCulture), long.Parse(lines[1], CultureInfo.InvariantCulture), lines[2][..64]);
    }

    public async Task FlushAsync(string folder, CancellationToken cancel) =>
        (await space.RunAsync("""sync -f "$1" """, [folder], "/", null, cancel)).OrThrow($"`{folder}` could not be written to disk.");
}
