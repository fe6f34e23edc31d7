using System.Security.Cryptography;
using System.Text;

namespace ImageBuilder.Formats;

/// <summary>Ids that other tools draw at random: here they follow from the disk, so that its files are always the same.</summary>
public static class DerivedId
{
    /// <summary>A UUID of version 8 (RFC 9562: made by the program's own rule).</summary>
    /// <param name="purpose">Different for every id of a file.</param>
    public static Guid Of(string diskSha256, string purpose)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose} {diskSha256}")).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
