using System.Buffers.Binary;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;

namespace ImageBuilder.Formats;

/// <summary>Dynamic VHD: blocks of 2 MiB, those of zeros left out (same specification as <see cref="VhdFooter"/>).</summary>
public sealed class VhdFormat : IImageFormat
{
    private const int BlockSize = 2 * 1024 * 1024;
    private const int BitmapSize = BlockSize / 512 / 8;
    private const int HeaderSize = 1024;
    private const long TableAt = VhdFooter.Length + HeaderSize;
    private const uint Unused = uint.MaxValue;

    public string Name => "vhd";

    public string Extension => ".vhd";

    public Task WriteAsync(FormatJob job, string path, CancellationToken cancel) => Task.Run(() =>
    {
        using var disk = new RawDisk(job.Source.RawFile);
        using var file = new SparseFile(path);
        var footer = new VhdFooter(disk.Size, job.Source.Epoch, DerivedId.Of(job.Source.Sha256, "vhd"), Dynamic: true).ToBytes();
        var table = new uint[((disk.Size - 1) / BlockSize) + 1];
        var end = WriteBlocks(disk, file, table, job.Advance, cancel);

        file.Write(0, footer);
        file.Write(VhdFooter.Length, Header(table.Length));
        file.Write(TableAt, TableBytes(table));
        file.Write(end, footer);
    }, cancel);

    public Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel) =>
        QemuImage.VerifyAsync(job, "vpc", check: false, path, cancel);

    // Each block has a bitmap of the sectors in use before it; one with data has all of them in use.
    private static long WriteBlocks(RawDisk disk, SparseFile file, uint[] table, Action<double> advance, CancellationToken cancel)
    {
        var allInUse = new byte[BitmapSize];
        allInUse.AsSpan().Fill(0xff);
        var block = new byte[BlockSize];
        var end = TableAt + TableBytes(table).Length;
        table.AsSpan().Fill(Unused);
        foreach (var index in disk.Blocks(BlockSize))
        {
            cancel.ThrowIfCancellationRequested();
            disk.Read(index * BlockSize, block);
            if (RawDisk.IsZero(block)) continue;
            table[index] = checked((uint)(end / 512));
            file.Write(end, allInUse);
            file.WriteSparse(end + BitmapSize, block);
            end += BitmapSize + BlockSize;
            advance((double)index * BlockSize / disk.Size);
        }

        return end;
    }

    private static byte[] Header(int blocks)
    {
        var header = new byte[HeaderSize];
        var span = header.AsSpan();
        "cxsparse"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt64BigEndian(span[8..], ulong.MaxValue);
        BinaryPrimitives.WriteInt64BigEndian(span[16..], TableAt);
        BinaryPrimitives.WriteUInt32BigEndian(span[24..], 0x0001_0000);
        BinaryPrimitives.WriteInt32BigEndian(span[28..], blocks);
        BinaryPrimitives.WriteInt32BigEndian(span[32..], BlockSize);
        BinaryPrimitives.WriteUInt32BigEndian(span[36..], VhdFooter.Checksum(span));
        return header;
    }

    private static byte[] TableBytes(uint[] table)
    {
        var bytes = new byte[((table.Length * sizeof(uint)) + 511) / 512 * 512];
        bytes.AsSpan().Fill(0xff);
        for (var i = 0; i < table.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * sizeof(uint)), table[i]);
        return bytes;
    }
}
