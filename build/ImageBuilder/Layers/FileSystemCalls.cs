using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Layers;

/// <summary>
/// What .NET does not tell of files: change times, inodes, owners, attributes. Names are bytes, as Linux has them, that end with a zero.
/// </summary>
internal static class FileSystemCalls
{
    public const int NotPermitted = 1; // EPERM
    public const int NotThere = 2; // ENOENT
    public const int Denied = 13; // EACCES

    // O_CLOEXEC | O_NOFOLLOW, the second of which is another number on arm64.
    private static readonly int s_flags = 0x80000 | (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000);

    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const int NameOffset = 19; // of d_name in struct dirent

    /// <summary>What is at a path below a folder; links are not followed. 0, or the error's number.</summary>
    public static int State(SafeFileHandle folder, ref byte path, out FileState state) =>
        StatX(folder, ref path, NoFollow, BasicStats, out state) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Opens a file or folder to read it. 0, or the error's number.</summary>
    public static int Open(SafeFileHandle folder, byte[] path, out SafeFileHandle opened)
    {
        opened = OpenAt(folder, ref path[0], s_flags);
        return opened.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Opens a folder by its path.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        using var nowhere = new SafeFileHandle(-1, ownsHandle: false);
        var bytes = System.Text.Encoding.UTF8.GetBytes(path + "\0");
        var opened = OpenAt(nowhere, ref bytes[0], s_flags);
        return opened.IsInvalid ? throw Failed(Marshal.GetLastPInvokeError(), path) : opened;
    }

    /// <summary>Names in a folder, which is closed, in no order.</summary>
    public static List<byte[]> Names(SafeFileHandle folder)
    {
        var names = new List<byte[]>();
        var stream = OpenStream(folder.DangerousGetHandle());
        if (stream == 0) throw Failed(Marshal.GetLastPInvokeError(), "a folder");
        folder.SetHandleAsInvalid(); // the stream owns it now
        try
        {
            while (ReadStream(stream) is var entry && entry != 0)
            {
                var name = NameOf(entry + NameOffset);
                if (name is not ([(byte)'.'] or [(byte)'.', (byte)'.'])) names.Add(name);
            }

            if (Marshal.GetLastPInvokeError() is var error && error != 0) throw Failed(error, "a folder");
        }
        finally
        {
            _ = CloseStream(stream);
        }

        return names;
    }

    /// <summary>Where a link leads to.</summary>
    public static byte[] Target(SafeFileHandle folder, byte[] path)
    {
        var buffer = new byte[4096];
        var length = ReadLinkAt(folder, ref path[0], buffer, buffer.Length);
        return length < 0 ? throw Failed(Marshal.GetLastPInvokeError(), "a link") : buffer[..(int)length];
    }

    /// <summary>Names of extended attributes; none where the file system has none.</summary>
    public static IReadOnlyList<string> AttributeNames(byte[] path) => AttributeNames((buffer, size) => ListAttributes(ref path[0], buffer, size));

    /// <inheritdoc cref="AttributeNames(byte[])"/>
    public static IReadOnlyList<string> AttributeNames(SafeFileHandle opened) => AttributeNames((buffer, size) => ListAttributesOf(opened, buffer, size));

    /// <summary>An attribute's value; empty where it may not be read.</summary>
    public static byte[] Attribute(byte[] path, string name)
    {
        var buffer = new byte[65536]; // the most that Linux lets one be
        var length = GetAttribute(ref path[0], name, buffer, buffer.Length);
        return length <= 0 ? [] : buffer[..(int)length];
    }

    public static IOException Failed(int error, string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    private static string[] AttributeNames(Func<byte[]?, nint, nint> list)
    {
        var length = list(null, 0);
        if (length <= 0) return [];
        var buffer = new byte[length];
        length = list(buffer, buffer.Length);
        return length <= 0 ? [] : System.Text.Encoding.Latin1.GetString(buffer, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static byte[] NameOf(nint text)
    {
        var length = 0;
        while (Marshal.ReadByte(text, length) != 0) length++;
        var name = new byte[length];
        Marshal.Copy(text, name, 0, length);
        return name;
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(SafeHandle folder, ref byte path, int flags, uint mask, out FileState state);

    [DllImport("libc", EntryPoint = "openat", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle OpenAt(SafeHandle folder, ref byte path, int flags);

    [DllImport("libc", EntryPoint = "fdopendir", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenStream(nint folder);

    [DllImport("libc", EntryPoint = "readdir", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReadStream(nint stream);

    [DllImport("libc", EntryPoint = "closedir"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseStream(nint stream);

    [DllImport("libc", EntryPoint = "readlinkat", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReadLinkAt(SafeHandle folder, ref byte path, byte[] buffer, nint size);

    [DllImport("libc", EntryPoint = "llistxattr", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ListAttributes(ref byte path, byte[]? buffer, nint size);

    [DllImport("libc", EntryPoint = "flistxattr", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ListAttributesOf(SafeHandle opened, byte[]? buffer, nint size);

    [DllImport("libc", EntryPoint = "lgetxattr", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetAttribute(ref byte path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] buffer, nint size);
}

/// <summary>What <c>statx(2)</c> says of a file; the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileState
{
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public long Size;
    [FieldOffset(48)] public long Blocks;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long WrittenSeconds;
    [FieldOffset(120)] public uint WrittenNanoseconds;
    [FieldOffset(128)] public uint DeviceMajor;
    [FieldOffset(132)] public uint DeviceMinor;

    /// <summary>Nanoseconds since 1970 of the last change of anything, which nobody can set.</summary>
    public readonly long Changed => ChangedSeconds * 1_000_000_000 + ChangedNanoseconds;

    public readonly long Written => WrittenSeconds * 1_000_000_000 + WrittenNanoseconds;
}
