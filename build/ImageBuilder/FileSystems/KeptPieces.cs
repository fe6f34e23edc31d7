using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.FileSystems;

/// <summary>
/// Compressed pieces of a disk in an artifact, by their content: what the last artifact has need not be compressed again, which is nearly all of it
/// when a line of a recipe has changed. An index beside the artifact says where they lie. Whatever does not fit is not used.
/// </summary>
public sealed class KeptPieces : IDisposable
{
    /// <summary>128 GiB of pieces of 64 KiB: an index of 60 MiB, and twice as much in memory.</summary>
    private const int Most = 1 << 21;

    private const int EntrySize = 16 + sizeof(long) + sizeof(int);
    private const int SumSize = 16;

    private readonly Dictionary<UInt128, (long At, int Length)> _before = [];
    private readonly Dictionary<UInt128, (long At, int Length)> _now = [];
    private SafeFileHandle? _file;

    private KeptPieces()
    {
    }

    // Another library compresses otherwise, and the bytes of an artifact must not depend on the one before it.
    private static byte[] Head(string sha256) => Encoding.ASCII.GetBytes($"{sha256} {Environment.Version} ");

    /// <summary>With nothing to be found in it.</summary>
    public static KeptPieces None() => new();

    /// <summary>Those of an artifact that is as it was left. Its index is gone then: a new one is written when the artifact after it is good.</summary>
    public static KeptPieces Of(string artifact, string sha256)
    {
        var pieces = new KeptPieces();
        var index = IndexOf(artifact);
        if (!File.Exists(index)) return pieces;
        if (new FileInfo(index).Length <= (long)Most * EntrySize + 1024) pieces.Read(File.ReadAllBytes(index), Head(sha256));
        File.Delete(index);
        if (pieces._before.Count > 0) pieces._file = File.OpenHandle(artifact);
        return pieces;
    }

    /// <summary>Where the index of an artifact lies.</summary>
    public static string IndexOf(string artifact) =>
        Path.Combine(Path.GetDirectoryName(artifact)!, $".{Path.GetFileName(artifact)}.pieces"); // an artifact lies in a folder

    public static UInt128 DigestOf(ReadOnlySpan<byte> content) => XxHash128.HashToUInt128(content);

    /// <summary>The piece as it was compressed, if it is known. For all threads.</summary>
    public bool TryRead(UInt128 digest, Span<byte> room, out int length)
    {
        length = 0;
        if (_file is null || !_before.TryGetValue(digest, out var place) || place.Length > room.Length
            || RandomAccess.Read(_file, room[..place.Length], place.At) != place.Length) return false;
        length = place.Length;
        return true;
    }

    /// <summary>Notes where a piece lies in the new artifact. For one thread at a time.</summary>
    public void Add(UInt128 digest, long at, int length)
    {
        if (_now.Count < Most) _now.TryAdd(digest, (at, length));
    }

    /// <summary>Writes the index of the new artifact, once that is known to be good.</summary>
    public void Write(string artifact, string sha256)
    {
        if (_now.Count == 0) return;
        var head = Head(sha256);
        var bytes = new byte[head.Length + _now.Count * EntrySize + SumSize];
        head.CopyTo(bytes, 0);
        var at = bytes.AsSpan(head.Length);
        foreach (var (digest, place) in _now)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(at, digest);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], place.At);
            BinaryPrimitives.WriteInt32LittleEndian(at[24..], place.Length);
            at = at[EntrySize..];
        }

        XxHash128.Hash(bytes.AsSpan(0, bytes.Length - SumSize), at);
        File.WriteAllBytes(IndexOf(artifact), bytes);
    }

    /// <summary>Closes the last artifact; what was noted of the new one can still be written.</summary>
    public void Dispose() => _file?.Dispose();

    private void Read(byte[] bytes, byte[] head)
    {
        if (!bytes.AsSpan().StartsWith(head) || (bytes.Length - head.Length - SumSize) % EntrySize != 0
            || !XxHash128.Hash(bytes.AsSpan(0, bytes.Length - SumSize)).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - SumSize))) return;
        for (var at = head.Length; at < bytes.Length - SumSize; at += EntrySize)
        {
            var entry = bytes.AsSpan(at, EntrySize);
            _before[BinaryPrimitives.ReadUInt128LittleEndian(entry)] =
                (BinaryPrimitives.ReadInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadInt32LittleEndian(entry[24..]));
        }
    }
}
