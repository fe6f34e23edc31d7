using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>Writes dynamic VHDX files (Microsoft Open Specification [MS-VHDX]), little-endian.</summary>
public sealed class VhdxWriter(RawDisk disk, SparseFile file, string diskSha256)
{
    private const int MiB = 1024 * 1024;
    private const int KiB = 1024;

    // The smallest allowed, as Microsoft advises for Linux guests: ext4 spreads over the disk, larger blocks hold more zeros.
    private const int BlockSize = MiB;
    private const int SectorSize = 512;
    private const long BlocksPerChunk = (1L << 23) * SectorSize / BlockSize;

    private const long LogAt = MiB;
    private const long MetadataAt = 2 * MiB;
    private const long TableAt = 3 * MiB;
    private const ulong FullyPresent = 6;

    private long Blocks => ((disk.Size - 1) / BlockSize) + 1;

    // After each chunk's entries stands one for a sector bitmap, which only differencing disks use.
    private long TableEntries => Blocks + ((Blocks - 1) / BlocksPerChunk);

    private long TableLength => RoundUp(TableEntries * sizeof(ulong), MiB);

    public void Write(Action<double> advance, CancellationToken cancel)
    {
        var table = new ulong[TableEntries];
        var end = WriteBlocks(table, advance, cancel);
        file.Write(0, Identifier());
        file.Write(64 * KiB, Header(sequence: 1));
        file.Write(128 * KiB, Header(sequence: 2));
        file.Write(192 * KiB, Regions());
        file.Write(256 * KiB, Regions());
        file.Write(MetadataAt, Metadata());
        file.Write(TableAt, MemoryMarshal.AsBytes(table.AsSpan()));
        file.SetLength(end);
    }

    private long WriteBlocks(ulong[] table, Action<double> advance, CancellationToken cancel)
    {
        var block = new byte[BlockSize];
        var end = TableAt + TableLength;
        foreach (var index in disk.Blocks(BlockSize))
        {
            cancel.ThrowIfCancellationRequested();
            disk.Read(index * BlockSize, block);
            if (RawDisk.IsZero(block)) continue;
            table[index + (index / BlocksPerChunk)] = ((ulong)(end / MiB) << 20) | FullyPresent;
            file.WriteSparse(end, block);
            end += BlockSize;
            advance((double)index * BlockSize / disk.Size);
        }

        return end;
    }

    private static byte[] Identifier()
    {
        var bytes = new byte[64 * KiB];
        "vhdxfile"u8.CopyTo(bytes);
        Encoding.Unicode.GetBytes("ImageBuilderBuild", bytes.AsSpan(8));
        return bytes;
    }

    // An empty log has the id zero; the header with the greater sequence number is the current one.
    private byte[] Header(long sequence)
    {
        var bytes = new byte[4 * KiB];
        var span = bytes.AsSpan();
        "head"u8.CopyTo(span);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], sequence);
        DerivedId.Of(diskSha256, "vhdx file").TryWriteBytes(span[16..]);
        DerivedId.Of(diskSha256, "vhdx data").TryWriteBytes(span[32..]);
        BinaryPrimitives.WriteUInt16LittleEndian(span[66..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(span[68..], MiB);
        BinaryPrimitives.WriteInt64LittleEndian(span[72..], LogAt);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Crc32C(span));
        return bytes;
    }

    private byte[] Regions()
    {
        var bytes = new byte[64 * KiB];
        var span = bytes.AsSpan();
        "regi"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[8..], 2);
        WriteRegion(span[16..], "2dc27766-f623-4200-9d64-115e9bfd4a08", TableAt, TableLength);
        WriteRegion(span[48..], "8b7ca206-4790-4b9a-b8fe-575f050f886e", MetadataAt, MiB);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Crc32C(span));
        return bytes;
    }

    private static void WriteRegion(Span<byte> entry, string id, long at, long length)
    {
        Guid.Parse(id).TryWriteBytes(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], at);
        BinaryPrimitives.WriteInt32LittleEndian(entry[24..], (int)length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[28..], 1); // required
    }

    // A table of entries, and their values from 64 KiB on.
    private byte[] Metadata()
    {
        const int required = 4;
        const int ofTheDisk = 2 | required;
        var bytes = new byte[128 * KiB];
        "metadata"u8.CopyTo(bytes);
        var count = 0;
        var valueAt = 64 * KiB;

        Add("caa16737-fa36-4d43-b3b6-33f0aa44e76b", required, BitConverter.GetBytes((long)BlockSize)); // no parent, may grow
        Add("2fa54224-cd1b-4876-b211-5dbed83bf4b8", ofTheDisk, BitConverter.GetBytes(RoundUp(disk.Size, SectorSize)));
        Add("beca12ab-b2e6-4523-93ef-c309e000c746", ofTheDisk, DerivedId.Of(diskSha256, "vhdx page 83").ToByteArray());
        Add("8141bf1d-a96f-4709-ba47-f233a8faab5f", ofTheDisk, BitConverter.GetBytes(SectorSize));
        Add("cda348c7-445d-4471-9cc9-e9885251c556", ofTheDisk, BitConverter.GetBytes(4096));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(10), (short)count);
        return bytes;

        void Add(string id, int flags, byte[] value)
        {
            var entry = bytes.AsSpan(32 + (32 * count++));
            Guid.Parse(id).TryWriteBytes(entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], valueAt);
            BinaryPrimitives.WriteInt32LittleEndian(entry[20..], value.Length);
            BinaryPrimitives.WriteInt32LittleEndian(entry[24..], flags);
            value.CopyTo(bytes.AsSpan(valueAt));
            valueAt += value.Length;
        }
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes)) crc = BitOperations.Crc32C(crc, word);
        return ~crc;
    }

    private static long RoundUp(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
