using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Comparing;

/// <summary>The bytes of a disk or another file; what lies outside of it is zero.</summary>
public sealed class DiskBytes(string path) : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path);

    public long Size => RandomAccess.GetLength(_file);

    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; offset >= 0 && done < count;)
        {
            var read = RandomAccess.Read(_file, bytes.AsSpan(done), offset + done);
            if (read == 0) break;
            done += read;
        }

        return bytes;
    }

    public void Dispose() => _file.Dispose();
}
