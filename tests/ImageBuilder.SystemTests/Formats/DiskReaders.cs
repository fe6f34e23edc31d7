using System.IO.Compression;
using System.Text;
using ZstdSharp;
using static System.Buffers.Binary.BinaryPrimitives;

namespace ImageBuilder.SystemTests.Formats;

/// <summary>Readers of the formats, written from the specifications alone: each gives the whole disk.</summary>
internal static class DiskReaders
{
    public static byte[] Read(string format, string path)
    {
        var file = File.ReadAllBytes(path);
        return format switch
        {
            "raw" => file,
            "vhd-fixed" => VhdFixed(file),
            "vhd" => Vhd(file),
            "vhdx" => Vhdx(file),
            "vmdk" => Vmdk(file),
            "qcow2" => Qcow2(file),
            _ => throw new ArgumentException(format),
        };
    }

    private static byte[] VhdFixed(ReadOnlySpan<byte> file)
    {
        var footer = file[^512..];
        Assert.Equal("conectix"u8, footer[..8]);
        Assert.Equal(Sum(footer, 64), ReadUInt32BigEndian(footer[64..]));
        Assert.Equal(file.Length - 512, ReadInt64BigEndian(footer[48..]));
        return file[..^512].ToArray();
    }

    private static byte[] Vhd(ReadOnlySpan<byte> file)
    {
        var footer = file[^512..];
        Assert.Equal(footer, file[..512]);
        Assert.Equal(Sum(footer, 64), ReadUInt32BigEndian(footer[64..]));
        var header = file.Slice((int)ReadInt64BigEndian(footer[16..]), 1024);
        Assert.Equal(Sum(header, 36), ReadUInt32BigEndian(header[36..]));
        var table = file[(int)ReadInt64BigEndian(header[16..])..];
        var block = ReadInt32BigEndian(header[32..]);
        var disk = new byte[ReadInt64BigEndian(footer[48..])];
        for (var i = 0; i < ReadInt32BigEndian(header[28..]); i++)
            if (ReadUInt32BigEndian(table[(i * 4)..]) is not uint.MaxValue and var sector)
                Put(disk, (long)i * block, file.Slice((int)(sector * 512) + (block / 512 / 8), block));
        return disk;
    }

    private static byte[] Vhdx(ReadOnlySpan<byte> file)
    {
        Assert.Equal("vhdxfile"u8, file[..8]);
        var regions = file[(192 * 1024)..];
        var (tableAt, metadataAt) = (0L, 0L);
        for (var i = 0; i < ReadInt32LittleEndian(regions[8..]); i++)
        {
            var entry = regions.Slice(16 + (32 * i), 32);
            var at = ReadInt64LittleEndian(entry[16..]);
            if (new Guid(entry[..16]) == new Guid("2dc27766-f623-4200-9d64-115e9bfd4a08")) tableAt = at;
            else metadataAt = at;
        }

        var metadata = file[(int)metadataAt..];
        var values = new Dictionary<Guid, long>();
        for (var i = 0; i < ReadInt16LittleEndian(metadata[10..]); i++)
        {
            var entry = metadata.Slice(32 + (32 * i), 32);
            var value = metadata[ReadInt32LittleEndian(entry[16..])..];
            var length = ReadInt32LittleEndian(entry[20..]);
            values[new Guid(entry[..16])] = length == 4 ? ReadInt32LittleEndian(value) : ReadInt64LittleEndian(value);
        }

        var block = (int)values[new Guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b")];
        var disk = new byte[values[new Guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8")]];
        for (var i = 0; (long)i * block < disk.Length; i++)
        {
            // A bitmap's entry after every 4096 blocks (of 1 MiB with sectors of 512 bytes).
            var entry = ReadUInt64LittleEndian(file[(int)(tableAt + ((i + (i / 4096)) * 8))..]);
            if ((entry & 7) == 6) Put(disk, (long)i * block, file.Slice((int)(entry >> 20 << 20), block));
        }

        return disk;
    }

    private static byte[] Vmdk(byte[] file)
    {
        var footer = file.AsSpan(^1024..^512);
        Assert.Equal("KDMV"u8, footer[..4]);
        var descriptor = Encoding.ASCII.GetString(file, 512, 20 * 512);
        Assert.Contains("createType=\"streamOptimized\"", descriptor, StringComparison.Ordinal);
        var disk = new byte[ReadInt64LittleEndian(footer[12..]) * 512];
        var directory = file.AsSpan((int)ReadInt64LittleEndian(footer[56..]) * 512);
        for (var grain = 0; (long)grain * 65536 < disk.Length; grain++)
        {
            var table = ReadInt32LittleEndian(directory[(grain / 512 * 4)..]);
            if (table == 0) continue;
            var at = ReadInt32LittleEndian(file.AsSpan((table * 512) + (grain % 512 * 4))) * 512;
            if (at == 0) continue;
            Assert.Equal(grain * 128L, ReadInt64LittleEndian(file.AsSpan(at)));
            var compressed = new MemoryStream(file, at + 12, ReadInt32LittleEndian(file.AsSpan(at + 8)));
            using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
            var data = new byte[65536];
            zlib.ReadExactly(data);
            Assert.Equal(-1, zlib.ReadByte());
            Put(disk, (long)grain * 65536, data);
        }

        return disk;
    }

    private static byte[] Qcow2(byte[] file)
    {
        var disk = new byte[ReadInt64BigEndian(file.AsSpan(24))];
        var top = file.AsSpan((int)ReadInt64BigEndian(file.AsSpan(40)));
        for (var cluster = 0; (long)cluster * 65536 < disk.Length; cluster++)
        {
            var table = ReadUInt64BigEndian(top[(cluster / 8192 * 8)..]) & 0x00ff_ffff_ffff_fe00;
            if (table == 0) continue;
            var entry = ReadUInt64BigEndian(file.AsSpan((int)table + (cluster % 8192 * 8)));
            if (entry == 0) continue;
            if ((entry & (1UL << 62)) == 0)
            {
                Put(disk, (long)cluster * 65536, file.AsSpan((int)(entry & 0x00ff_ffff_ffff_fe00), 65536));
                continue;
            }

            var at = (int)(entry & ((1UL << 54) - 1));
            var end = Math.Min(file.Length, ((at / 512) + 1 + (int)((entry >> 54) & 0xff)) * 512);
            using var zstd = new DecompressionStream(new MemoryStream(file, at, end - at));
            var data = new byte[65536];
            zstd.ReadExactly(data);
            Put(disk, (long)cluster * 65536, data);
        }

        return disk;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes, int checksumAt)
    {
        var sum = 0u;
        for (var i = 0; i < bytes.Length; i++) sum += i >= checksumAt && i < checksumAt + 4 ? 0u : bytes[i];
        return ~sum;
    }

    private static void Put(byte[] disk, long offset, ReadOnlySpan<byte> data) =>
        data[..(int)Math.Min(data.Length, disk.Length - offset)].CopyTo(disk.AsSpan((int)offset));
}
