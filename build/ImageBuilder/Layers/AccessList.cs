using System.Buffers.Binary;

namespace ImageBuilder.Layers;

/// <summary>A POSIX access list as <c>getxattr(2)</c> gives it: a version, then tag, permissions and id of each entry (8 bytes).</summary>
internal static class AccessList
{
    private const int User = 2;
    private const int Group = 8;

    /// <summary>With the ids that owners have inside a user namespace.</summary>
    public static byte[] Inside(byte[] list, ILayerTrees trees)
    {
        var inside = (byte[])list.Clone();
        for (var at = 4; at + 8 <= inside.Length; at += 8)
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(inside.AsSpan(at));
            var id = BinaryPrimitives.ReadUInt32LittleEndian(inside.AsSpan(at + 4));
            if (tag is not (User or Group)) continue;
            var (uid, gid) = trees.Inside(id, id);
            BinaryPrimitives.WriteUInt32LittleEndian(inside.AsSpan(at + 4), tag == User ? uid : gid);
        }

        return inside;
    }
}
