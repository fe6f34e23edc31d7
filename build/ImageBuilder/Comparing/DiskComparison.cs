using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Records;

namespace ImageBuilder.Comparing;

/// <summary>Finds where two files differ; of disks, in which file of which partition.</summary>
public sealed class DiskComparison(string artifact, DiskBytes first, DiskBytes second)
{
    private const int Piece = 1 << 20;
    private const int Shown = 16;
    private const int Sector = 512;

    /// <summary>Where two files differ, each place once; empty when they are the same.</summary>
    /// <param name="artifact">How the report calls the file.</param>
    public static IReadOnlyList<ByteDifference> Of(string artifact, string first, string second, CancellationToken cancel)
    {
        using var one = new DiskBytes(first);
        using var other = new DiskBytes(second);
        return new DiskComparison(artifact, one, other).Differences(cancel);
    }

    private List<ByteDifference> Differences(CancellationToken cancel)
    {
        var size = Math.Max(first.Size, second.Size);
        if (FirstDifference(0, size, cancel) is not { } any) return [];
        var partitions = Partitions(first);
        var found = partitions.SequenceEqual(Partitions(second)) ? partitions.SelectMany(p => InPartition(p, cancel)).ToList() : [];
        foreach (var (start, end) in Gaps(partitions, size))
            if (FirstDifference(start, end, cancel) is { } at) found.Add(Bytes(null, at));
        return found.Count > 0 ? found : [Bytes(null, any)];
    }

    private List<ByteDifference> InPartition(Partition partition, CancellationToken cancel)
    {
        if (FirstDifference(partition.Start, partition.End, cancel) is not { } any) return [];
        var trees = (Files(first, partition), Files(second, partition));
        var found = trees is ({ } one, { } other) ? InTrees(partition, one, other, cancel) : [];
        return found.Count > 0 ? found : [Bytes(partition, any)];
    }

    private static Dictionary<string, TreeFile>? Files(DiskBytes disk, Partition partition) =>
        (Ext4Tree.TryOpen(disk, partition.Start)?.Files() ?? Fat32Tree.TryOpen(disk, partition.Start)?.Files())?.DistinctBy(f => f.Path).ToDictionary(f => f.Path);

    private List<ByteDifference> InTrees(Partition partition, Dictionary<string, TreeFile> one, Dictionary<string, TreeFile> other, CancellationToken cancel)
    {
        var found = new List<ByteDifference>();
        foreach (var path in one.Keys.Union(other.Keys).Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            var (a, b) = (one.GetValueOrDefault(path), other.GetValueOrDefault(path));
            if (a is null || b is null) found.Add(new ByteDifference(artifact, partition.Name, path, "only in one", null, null, Has(a), Has(b)));
            else found.AddRange(InFile(partition, a, b));
        }

        return found;
    }

    private IEnumerable<ByteDifference> InFile(Partition partition, TreeFile a, TreeFile b)
    {
        (string What, string One, string Other)[] facts =
        [
            ("mode", Octal(a.Facts.Mode), Octal(b.Facts.Mode)), ("owner", $"{a.Facts.Owner}:{a.Facts.Group}", $"{b.Facts.Owner}:{b.Facts.Group}"),
            ("size", $"{a.Facts.Size}", $"{b.Facts.Size}"), ("time", $"{a.Facts.Modified}", $"{b.Facts.Modified}"), ("attributes", a.Facts.More, b.Facts.More),
        ];
        foreach (var (what, one, other) in facts)
            if (one != other) yield return new ByteDifference(artifact, partition.Name, a.Path, what, null, null, Short(one), Short(other));
        if (!a.Facts.IsFile || !b.Facts.IsFile) yield break;
        for (var at = 0L; at < Math.Max(a.Facts.Size, b.Facts.Size); at += Piece)
        {
            var (one, other) = (Content(first, a, at), Content(second, b, at));
            var same = one.AsSpan().CommonPrefixLength(other);
            if (same == one.Length && same == other.Length) continue;
            yield return new ByteDifference(artifact, partition.Name, a.Path, "content", at + same, OnDisk(a, at + same), Show(one, same), Show(other, same));
            yield break;
        }
    }

    // Where no piece is, there are zeros.
    private static byte[] Content(DiskBytes disk, TreeFile file, long at)
    {
        var content = new byte[Math.Clamp(file.Facts.Size - at, 0, Piece)];
        foreach (var piece in file.Pieces.Where(p => p.At < at + content.Length && p.At + p.Length > at))
        {
            var (start, end) = (Math.Max(piece.At, at), Math.Min(piece.At + piece.Length, at + content.Length));
            disk.Read(piece.OnDisk + start - piece.At, (int)(end - start)).CopyTo(content, start - at);
        }

        return content;
    }

    private static long? OnDisk(TreeFile file, long at) =>
        file.Pieces.FirstOrDefault(p => p.At <= at && at < p.At + p.Length) is { } piece ? piece.OnDisk + at - piece.At : null;

    private ByteDifference Bytes(Partition? partition, long at) => new(artifact, partition?.Name, null, "bytes", at, at,
        at < first.Size ? Show(first.Read(at, Shown), 0) : "the end", at < second.Size ? Show(second.Read(at, Shown), 0) : "the end");

    private long? FirstDifference(long start, long end, CancellationToken cancel)
    {
        for (var at = start; at < end; at += Piece)
        {
            cancel.ThrowIfCancellationRequested();
            var count = (int)Math.Min(Piece, end - at);
            var (one, other) = (first.Read(at, count), second.Read(at, count));
            var same = one.AsSpan().CommonPrefixLength(other);
            if (same < count) return at + same;
        }

        // What lies behind the end of the shorter one may be zeros in the other.
        return first.Size == second.Size || end < Math.Max(first.Size, second.Size) ? null : Math.Min(first.Size, second.Size);
    }

    private static IEnumerable<(long Start, long End)> Gaps(List<Partition> partitions, long size)
    {
        var at = 0L;
        foreach (var partition in partitions.OrderBy(p => p.Start))
        {
            yield return (at, partition.Start);
            at = partition.End;
        }

        yield return (at, size);
    }

    // The partition table of a disk (GPT): a file without one has no partitions.
    private static List<Partition> Partitions(DiskBytes disk)
    {
        var header = disk.Read(Sector, Sector);
        if (Encoding.ASCII.GetString(header, 0, 8) != "EFI PART") return [];
        var (table, count, size) = (Long(header, 72), Math.Min((int)Long(header, 80) & 0xffff, 128), (int)(Long(header, 80) >> 32));
        var partitions = new List<Partition>();
        for (var number = 1; number <= count && size >= 128; number++)
        {
            var entry = disk.Read((table * Sector) + ((number - 1) * (long)size), 128);
            if (Long(entry, 0) == 0 && Long(entry, 8) == 0) continue;
            var name = Encoding.Unicode.GetString(entry, 56, 72).TrimEnd('\0');
            var (start, end) = (Long(entry, 32) * Sector, (Long(entry, 40) + 1) * Sector);
            if (start >= 0 && start < end && end <= disk.Size) partitions.Add(new Partition($"{number}{(name.Length > 0 ? $" ({name})" : "")}", start, end));
        }

        return partitions;
    }

    private static string Show(byte[] bytes, int at)
    {
        var part = bytes.AsSpan(Math.Min(at, bytes.Length), Math.Min(Shown, Math.Max(0, bytes.Length - at)));
        if (part.Length == 0) return "the end";
        foreach (var one in part)
            if (one is < 0x20 or > 0x7e && one != '\n') return Convert.ToHexStringLower(part);
        return $"\"{Encoding.ASCII.GetString(part).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
    }

    private static string Short(string text) => text.Length <= 3 * Shown ? text.Trim() : text[..(3 * Shown)] + "…";

    private static string Has(TreeFile? file) => file is null ? "not there" : "there";

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(6, '0');

    private static long Long(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    private sealed record Partition(string Name, long Start, long End);
}
