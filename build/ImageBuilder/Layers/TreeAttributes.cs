using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ImageBuilder.Layers;

/// <summary>Extended attributes that an image has, or that say what overlayfs makes of an entry.</summary>
internal static class TreeAttributes
{
    private const string Capability = "security.capability";
    private const string Overlay = "user.overlay.";

    /// <summary>Of a folder of which nothing below it in lower layers is to be seen.</summary>
    public const string Opaque = Overlay + "opaque";

    // What overlayfs notes for itself, with inode numbers that differ from place to place, is not among them.
    private static readonly string[] s_overlay = [Opaque, Overlay + "redirect", Overlay + "metacopy"];

    /// <summary>Those that an image has, in the order of their names. Ids in access lists are those outside of a user namespace.</summary>
    /// <param name="path">As for a system call: absolute, with a zero at its end.</param>
    public static IReadOnlyList<(string Name, byte[] Value)> Of(byte[] path) =>
    [
        .. FileSystemCalls.AttributeNames(path).Where(n => Matters(n) && !n.StartsWith(Overlay, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => (name, name == Capability ? Plain(FileSystemCalls.Attribute(path, name)) : FileSystemCalls.Attribute(path, name))),
    ];

    /// <summary>True of a folder of which nothing below it in lower layers is to be seen.</summary>
    /// <remarks>By its name: overlayfs writes no other value there, and an ordinary user may not read it in a folder that is closed.</remarks>
    public static bool IsOpaque(byte[] path) => FileSystemCalls.AttributeNames(path).Contains(Opaque);

    /// <param name="path">As for a system call: absolute, with a zero at its end.</param>
    /// <param name="names">Of all attributes that it has.</param>
    /// <returns>SHA-256 in hex; empty when there are none.</returns>
    public static string Digest(byte[] path, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return "";
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var any = false;
        foreach (var name in names.Where(Matters).Order(StringComparer.Ordinal))
        {
            any = true;
            var value = FileSystemCalls.Attribute(path, name);
            digest.AppendData(Encoding.Latin1.GetBytes(name + "\0"));
            digest.AppendData(name == Capability ? Plain(value) : value);
        }

        return any ? Convert.ToHexStringLower(digest.GetHashAndReset()) : "";
    }

    private static bool Matters(string name) => name == Capability || name.StartsWith("system.posix_acl_", StringComparison.Ordinal)
        || (name.StartsWith("user.", StringComparison.Ordinal) && (!name.StartsWith(Overlay, StringComparison.Ordinal) || s_overlay.Contains(name)));

    // An ordinary user's files have version 3, which names the owner of the namespace; inside it reads as version 2 (capabilities(7)).
    private static byte[] Plain(byte[] capability)
    {
        const int version2 = 20, version3 = 24;
        if (capability.Length != version3) return capability;
        var plain = capability[..version2];
        BinaryPrimitives.WriteUInt32LittleEndian(plain, (BinaryPrimitives.ReadUInt32LittleEndian(plain) & 0x00FFFFFF) | 0x02000000);
        return plain;
    }
}
