using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using ImageBuilder.FileSystems;
using ZstdSharp;

namespace ImageBuilder.Formats;

/// <summary>
/// Writes QCOW2 version 3 (QEMU's docs/interop/qcow2.txt, big-endian): compressed clusters packed in order behind the header,
/// then the tables that lead to them, then the reference counts.
/// </summary>
/// <param name="pieces">Clusters that are compressed already.</param>
public sealed class Qcow2Writer(RawDisk disk, SparseFile file, KeptPieces pieces) : IDisposable
{
    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;
    private const int Sector = 512;
    private const int EntriesPerTable = Cluster / sizeof(ulong);
    private const int CountsPerBlock = Cluster / sizeof(ushort);
    private const int ClustersPerBatch = 16;

    // zstd's default: a larger number costs much time for a few per cent.
    private const int Level = 3;

    private const ulong Compressed = 1UL << 62;
    private const ulong OnlyReference = 1UL << 63;
    private const int SectorsShift = 62 - (ClusterBits - 8);

    private readonly ConcurrentBag<Compressor> _compressors = [];
    private readonly SortedDictionary<long, ulong[]> _tables = [];
    private readonly List<ushort> _counts = [1]; // the header's
    private long _end = Cluster;

    private long Size => (disk.Size + Sector - 1) / Sector * Sector;

    /// <summary>Writes the whole file.</summary>
    public async Task WriteAsync(Action<double> advance, CancellationToken cancel)
    {
        await InOrder.RunAsync(disk.Blocks(Cluster * ClustersPerBatch), Compress, batch =>
        {
            Take(batch);
            advance((double)batch.Index * ClustersPerBatch * Cluster / disk.Size);
        }, cancel);

        var (topAt, topEntries) = WriteTables();
        var (countsAt, countClusters) = WriteCounts();
        file.Write(0, Header(topAt, topEntries, countsAt, countClusters));
        file.SetLength(_end);
    }

    public void Dispose()
    {
        foreach (var compressor in _compressors) compressor.Dispose();
    }

    private Batch Compress(long index)
    {
        if (!_compressors.TryTake(out var compressor)) compressor = new Compressor(Level);
        var batch = new Batch(index, ArrayPool<byte>.Shared.Rent(ClustersPerBatch * Cluster), new int[ClustersPerBatch], new UInt128[ClustersPerBatch]);
        var cluster = ArrayPool<byte>.Shared.Rent(Cluster);
        var content = cluster.AsSpan(0, Cluster);
        for (int i = 0, end = 0; i < ClustersPerBatch; end += batch.Lengths[i++])
        {
            var offset = ((index * ClustersPerBatch) + i) * Cluster;
            if (offset >= disk.Size) break;
            disk.Read(offset, content);
            if (RawDisk.IsZero(content)) continue;

            var room = batch.Buffer.AsSpan(end, Cluster);
            batch.Digests[i] = KeptPieces.DigestOf(content);
            if (pieces.TryRead(batch.Digests[i], room, out batch.Lengths[i])) continue;
            // What does not become smaller is kept as it is: its length is the cluster's.
            if (!compressor.TryWrap(content, room[..^1], out batch.Lengths[i]))
            {
                content.CopyTo(room);
                batch.Lengths[i] = Cluster;
            }
        }

        ArrayPool<byte>.Shared.Return(cluster);
        _compressors.Add(compressor);
        return batch;
    }

    private void Take(Batch batch)
    {
        var start = 0;
        for (var i = 0; i < ClustersPerBatch; start += batch.Lengths[i++])
        {
            if (batch.Lengths[i] == 0) continue;
            var number = (batch.Index * ClustersPerBatch) + i;
            TableOf(number)[number % EntriesPerTable] = Append(batch.Buffer.AsSpan(start, batch.Lengths[i]), batch.Digests[i]);
        }

        ArrayPool<byte>.Shared.Return(batch.Buffer);
    }

    private ulong[] TableOf(long cluster)
    {
        if (!_tables.TryGetValue(cluster / EntriesPerTable, out var table))
            _tables[cluster / EntriesPerTable] = table = new ulong[EntriesPerTable];
        return table;
    }

    // Returns the table's entry. Readers read whole sectors, so those count as used.
    private ulong Append(ReadOnlySpan<byte> data, UInt128 digest)
    {
        var at = data.Length == Cluster ? AppendClusters(data) : _end;
        pieces.Add(digest, at, data.Length);
        if (data.Length == Cluster) return (ulong)at | OnlyReference;
        file.Write(at, data);
        _end += data.Length;
        var first = at / Sector;
        var last = (_end - 1) / Sector;
        Count(first * Sector, (last + 1) * Sector);
        return Compressed | ((ulong)(last - first) << SectorsShift) | (ulong)at;
    }

    private long AppendClusters(ReadOnlySpan<byte> data)
    {
        var at = RoundUp(_end);
        file.Write(at, data);
        _end = RoundUp(at + data.Length);
        Count(at, _end);
        return at;
    }

    private (long At, int Entries) WriteTables()
    {
        var top = new ulong[((Size - 1) / ((long)Cluster * EntriesPerTable)) + 1];
        foreach (var (index, table) in _tables) top[index] = (ulong)AppendClusters(Bytes(table)) | OnlyReference;
        return (AppendClusters(Bytes(top)), top.Length);
    }

    // The counts count their own clusters too: take as many as cover everything including themselves.
    private (long At, int Clusters) WriteCounts()
    {
        _end = RoundUp(_end);
        var before = _end / Cluster;
        long blocks = 0, tables = 0;
        for (long all = -1; all != before + blocks + tables;)
        {
            all = before + blocks + tables;
            blocks = ((all - 1) / CountsPerBlock) + 1;
            tables = ((blocks - 1) / EntriesPerTable) + 1;
        }

        var tableAt = _end;
        var blocksAt = tableAt + (tables * Cluster);
        _end = blocksAt + (blocks * Cluster);
        Count(tableAt, _end);
        var table = new ulong[blocks];
        for (var i = 0; i < blocks; i++) table[i] = (ulong)(blocksAt + ((long)i * Cluster));
        file.Write(tableAt, Bytes(table));
        var counts = new byte[blocks * Cluster];
        for (var i = 0; i < _counts.Count; i++)
            BinaryPrimitives.WriteUInt16BigEndian(counts.AsSpan(i * sizeof(ushort)), _counts[i]);
        file.Write(blocksAt, counts);
        return (tableAt, (int)tables);
    }

    private byte[] Header(long topAt, int topEntries, long countsAt, int countClusters)
    {
        const ulong compressionType = 1 << 3;
        const byte zstd = 1;
        var header = new byte[120]; // 112 and the end of (no) extensions
        var span = header.AsSpan();
        "QFI"u8.CopyTo(span);
        span[3] = 0xfb;
        BinaryPrimitives.WriteInt32BigEndian(span[4..], 3);
        BinaryPrimitives.WriteInt32BigEndian(span[20..], ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(span[24..], Size);
        BinaryPrimitives.WriteInt32BigEndian(span[36..], topEntries);
        BinaryPrimitives.WriteInt64BigEndian(span[40..], topAt);
        BinaryPrimitives.WriteInt64BigEndian(span[48..], countsAt);
        BinaryPrimitives.WriteInt32BigEndian(span[56..], countClusters);
        BinaryPrimitives.WriteUInt64BigEndian(span[72..], compressionType);
        BinaryPrimitives.WriteInt32BigEndian(span[96..], 4); // counts of 2^4 bits
        BinaryPrimitives.WriteInt32BigEndian(span[100..], 112);
        span[104] = zstd;
        return header;
    }

    private void Count(long from, long to)
    {
        for (var cluster = (int)(from / Cluster); (long)cluster * Cluster < to; cluster++)
        {
            if (cluster >= _counts.Count) _counts.AddRange(new ushort[cluster + 1 - _counts.Count]);
            _counts[cluster]++;
        }
    }

    private static byte[] Bytes(ulong[] table)
    {
        var bytes = new byte[RoundUp(table.Length * sizeof(ulong))];
        for (var i = 0; i < table.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), table[i]);
        return bytes;
    }

    private static long RoundUp(long value) => (value + Cluster - 1) / Cluster * Cluster;

    /// <summary>Clusters one after another.</summary>
    /// <param name="Lengths">0 for a cluster of zeros, a whole cluster's for one that did not become smaller.</param>
    private sealed record Batch(long Index, byte[] Buffer, int[] Lengths, UInt128[] Digests);
}
