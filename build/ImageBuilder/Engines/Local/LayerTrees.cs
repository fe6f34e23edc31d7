using System.Formats.Tar;
using System.Text;
using ImageBuilder.Layers;

namespace ImageBuilder.Engines.Local;

/// <summary>Handles layers' files inside a user namespace, where their owners exist.</summary>
public sealed class LayerTrees(UserNamespace space) : ILayerTrees
{
    // The folders of overlayfs are without any permission, which nobody but root can remove.
    private const string Remove = """chmod -f 700 -- "${@/%//overlay/work}" || :; rm -rf -- "$@" """;

    // Names may be any bytes: they come as `printf %b` reads them, and go as text that is no longer than a line may be.
    // The kernel takes 2 MiB of arguments at most.
    private const int MostPaths = 400;

    private const string Paths = """
        set -euo pipefail
        cd "$1"
        second=$2
        shift 2
        paths=()
        for path in "$@"; do
            printf -v path %b "$path"
            paths+=("./$path")
        done

        """;

    private const string List = Paths + """
        contents=$second
        {
            find "${paths[@]}" -printf '%m\0%y\0%U\0%G\0%s\0%T@\0%C@\0%i\0%b\0%p\0%l\0'
            printf '\0'
            [[ -z $contents ]] || find "${paths[@]}" -type f -exec sha256sum -z -- {} +
        } | base64
        """;

    // Folders are the user's, who removes the copies; a file that changed its owner would lose what it may do.
    private const string Copy = Paths + """
        cp --parents --no-dereference --preserve=all --target-directory="$second" -- "${paths[@]}"
        find "$second" -type d -exec chown 0:0 {} +
        chmod -R u=rwX,go=rX -- "$second"
        """;

    // Of what is there on every machine, tar alone tells of extended attributes.
    private const string Opaque = Paths + """
        printf '%s\0' "${paths[@]}" | tar --create --no-recursion --null --files-from=- --xattrs "--xattrs-include=$second" | base64
        """;

    public string Owner => space.Owner;

    public (uint Uid, uint Gid) Inside(uint uid, uint gid) => space.Inside(uid, gid);

    public Task<byte[]> ListAsync(string root, IReadOnlyList<string> paths, bool contents, CancellationToken cancel) =>
        RunAsync(List, root, contents ? "yes" : "", paths, cancel);

    public async Task<IReadOnlySet<string>> OpaqueAsync(string root, IReadOnlyList<string> folders, CancellationToken cancel)
    {
        var opaque = new HashSet<string>(StringComparer.Ordinal);
        foreach (var some in folders.Chunk(MostPaths))
        {
            using var archive = new TarReader(new MemoryStream(await RunAsync(Opaque, root, TreeAttributes.Opaque, some, cancel)));
            // In the order in which they were asked for.
            foreach (var folder in some)
            {
                var entry = await archive.GetNextEntryAsync(copyData: false, cancel) as PaxTarEntry;
                if (entry?.ExtendedAttributes.ContainsKey($"SCHILY.xattr.{TreeAttributes.Opaque}") == true) opaque.Add(folder);
            }
        }

        return opaque;
    }

    public async Task CopyAsync(string root, IReadOnlyList<string> paths, string to, CancellationToken cancel)
    {
        foreach (var some in paths.Chunk(MostPaths)) await RunAsync(Copy, root, to, some, cancel);
    }

    public async Task RemoveAsync(IReadOnlyList<string> folders, CancellationToken cancel) =>
        (await space.RunAsync(Remove, folders, "/", null, cancel)).OrThrow("Unfinished work in the cache could not be removed.");

    public async Task FlushAsync(string folder, CancellationToken cancel) =>
        (await space.RunAsync("""sync -f "$1" """, [folder], "/", null, cancel)).OrThrow($"`{folder}` could not be written to disk.");

    /// <returns>What the script has written, in base64.</returns>
    private async Task<byte[]> RunAsync(string script, string root, string second, IEnumerable<string> paths, CancellationToken cancel)
    {
        var result = await space.RunAsync(script, [root, second, .. paths.Select(Escape)], "/", null, cancel);
        return Convert.FromBase64String(result.OrThrow($"The layer in `{root}` could not be read.").Output.ReplaceLineEndings(""));
    }

    private static string Escape(string path) => string.Concat(Encoding.Latin1.GetBytes(path)
        .Select(b => b is > 32 and < 127 and not (byte)'\\' ? $"{(char)b}" : $"\\0{Convert.ToString(b, 8).PadLeft(3, '0')}"));
}
