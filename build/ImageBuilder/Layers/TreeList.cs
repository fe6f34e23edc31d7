using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ImageBuilder.Layers;

/// <summary>
/// A layer's entries as a file, <c>files</c>: names first, one after the other, so that a check can go through them without reading the rest.
/// </summary>
internal static class TreeList
{
    private const int HeaderSize = 16;

    private static ReadOnlySpan<byte> Magic => "IBFILES1"u8;

    public static byte[] Write(IReadOnlyList<TreeEntry> entries)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.Latin1))
        {
            var names = entries.Sum(e => e.Path.Length + 1);
            writer.Write(Magic);
            writer.Write(entries.Count);
            writer.Write(names);
            foreach (var entry in entries)
            {
                writer.Write(Encoding.Latin1.GetBytes(entry.Path));
                writer.Write((byte)0);
            }

            foreach (var entry in entries)
            {
                writer.Write(entry.Mode);
                writer.Write(entry.Uid);
                writer.Write(entry.Gid);
                writer.Write(entry.Size);
                writer.Write(entry.Written);
                writer.Write(entry.Device);
                writer.Write(entry.Same);
                writer.Write(entry.Content);
                writer.Write(entry.Attributes);
            }
        }

        return memory.ToArray();
    }

    /// <param name="list">A list whose digest was checked.</param>
    public static IReadOnlyList<TreeEntry> Read(byte[] list)
    {
        var paths = Paths(list);
        var start = HeaderSize + NamesSize(list);
        using var reader = new BinaryReader(new MemoryStream(list, start, list.Length - start), Encoding.Latin1);
        return
        [
            .. paths.Select(at => new TreeEntry(PathAt(list, at), reader.ReadUInt16(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadInt64(),
                reader.ReadInt64(), reader.ReadUInt64(), reader.ReadString(), reader.ReadString(), reader.ReadString())),
        ];
    }

    public static string Digest(byte[] list) => Convert.ToHexStringLower(SHA256.HashData(list));

    /// <summary>Where each path begins in the list; it ends with a zero.</summary>
    public static int[] Paths(byte[] list)
    {
        var paths = new int[BinaryPrimitives.ReadInt32LittleEndian(list.AsSpan(Magic.Length))];
        var at = HeaderSize;
        for (var i = 0; i < paths.Length; i++)
        {
            paths[i] = at;
            at += list.AsSpan(at).IndexOf((byte)0) + 1;
        }

        return paths;
    }

    public static string PathAt(byte[] list, int at) => Encoding.Latin1.GetString(list.AsSpan(at)[..list.AsSpan(at).IndexOf((byte)0)]);

    /// <summary>A path as people read it.</summary>
    public static string Show(string path) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path));

    private static int NamesSize(byte[] list) => BinaryPrimitives.ReadInt32LittleEndian(list.AsSpan(Magic.Length + 4));
}

/// <summary>
/// The stamps of a layer's entries as a file, <c>stamps</c>. It belongs to one list, and to this place: where it is missing, damaged or does not
/// fit (the store was copied), contents are read and it is written anew.
/// </summary>
internal static class StampList
{
    private const int DigestSize = 32;
    private const int StampSize = 26;

    public static byte[] Write(string list, IReadOnlyList<TreeStamp> stamps)
    {
        var bytes = new byte[DigestSize + stamps.Count * StampSize + DigestSize];
        Convert.FromHexString(list).CopyTo(bytes, 0);
        for (var i = 0; i < stamps.Count; i++)
        {
            var at = bytes.AsSpan(DigestSize + i * StampSize);
            BinaryPrimitives.WriteUInt64LittleEndian(at, stamps[i].Inode);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], stamps[i].Changed);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], stamps[i].Size);
            BinaryPrimitives.WriteUInt16LittleEndian(at[24..], stamps[i].Mode);
        }

        SHA256.HashData(bytes.AsSpan(..^DigestSize), bytes.AsSpan(^DigestSize..));
        return bytes;
    }

    /// <returns>Null when they are not those of the list.</returns>
    public static TreeStamp[]? Read(byte[] bytes, string list, int count)
    {
        if (bytes.Length != DigestSize + count * StampSize + DigestSize || Convert.ToHexStringLower(bytes.AsSpan(0, DigestSize)) != list
            || !SHA256.HashData(bytes.AsSpan(..^DigestSize)).AsSpan().SequenceEqual(bytes.AsSpan(^DigestSize..))) return null;
        var stamps = new TreeStamp[count];
        for (var i = 0; i < count; i++)
        {
            var at = bytes.AsSpan(DigestSize + i * StampSize);
            stamps[i] = new TreeStamp(BinaryPrimitives.ReadUInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[16..]), BinaryPrimitives.ReadUInt16LittleEndian(at[24..]));
        }

        return stamps;
    }
}
