using System.Globalization;
using System.Text;

namespace ImageBuilder.Layers;

/// <summary>An entry that <see cref="ILayerTrees.ListAsync"/> tells of.</summary>
internal sealed record ClosedEntry(string Path, ushort Mode, uint Uid, uint Gid, long Size, long Written, TreeStamp Stamp, long Blocks, string Content)
{
    private const int Fields = 11;

    public TreeEntry Entry(long epoch)
    {
        var entry = new TreeEntry(Path, Mode, Uid, Gid, 0, Math.Min(Written, epoch * 1_000_000_000), 0, "", Content, "");
        return entry.IsFile ? entry with { Size = Size } : entry;
    }

    public static List<ClosedEntry> Parse(byte[] list)
    {
        var fields = Encoding.Latin1.GetString(list).Split('\0');
        var end = Array.IndexOf(fields, "");
        // A target of a link is empty for all that are none: the end is the first empty field where an entry would begin.
        while (end % Fields != 0) end = Array.IndexOf(fields, "", end + 1);
        var digests = fields[(end + 1)..].Where(f => f.Length > 0).ToDictionary(f => Name(f[66..]), f => f[..64]);
        return [.. fields[..end].Chunk(Fields).Select(f => Of(f, digests)).DistinctBy(e => e.Path)];
    }

    private static ClosedEntry Of(string[] fields, Dictionary<string, string> digests)
    {
        var path = Name(fields[9]);
        var kind = fields[1] switch { "f" => 0x8000, "d" => 0x4000, "l" => 0xA000, "c" => 0x2000, "b" => 0x6000, "p" => 0x1000, _ => 0xC000 };
        var mode = (ushort)(kind | Convert.ToInt32(fields[0], 8));
        var size = Number(fields[4]);
        var stamp = new TreeStamp((ulong)Number(fields[7]), Time(fields[6]), size, mode);
        return new ClosedEntry(path, mode, (uint)Number(fields[2]), (uint)Number(fields[3]), size, Time(fields[5]), stamp, Number(fields[8]),
            kind == 0xA000 ? fields[10] : digests.GetValueOrDefault(path, ""));
    }

    private static string Name(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    // `find` writes ten digits after the point.
    private static long Time(string text) => text.Split('.') is [var seconds, { Length: >= 9 } fraction]
        ? Number(seconds) * 1_000_000_000 + Number(fraction[..9]) : Number(text.Split('.')[0]) * 1_000_000_000;
}
