using System.Globalization;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Reading;

/// <summary>Reads a recipe's <c>disk</c>.</summary>
internal sealed class DiskReader(ProblemBag problems)
{
    private const long MiB = 1024 * 1024;
    private const long Least = 64 * MiB; // both boot loaders and an empty file system
    private const long Most = 8L << 40;  // what the image importers of clouds take

    private static readonly string[] s_keys = ["size", "fileSystem", "firmware"];
    private static readonly string[] s_firmware = ["bios", "uefi"];
    private static readonly DiskPlan s_default = new(4L << 30, "ext4", s_firmware);

    internal static IEnumerable<string> Keys => s_keys.Select(k => $"disk.{k}");

    public DiskPlan Read(MapReader recipe)
    {
        if (recipe.Child("disk", "`disk`") is not { } disk) return s_default;
        disk.CheckKeys(s_keys);
        var firmware = disk.Choices("firmware", s_firmware);
        return new DiskPlan(Size(disk), disk.Choice("fileSystem", ["ext4"]) ?? s_default.FileSystem, firmware.Count == 0 ? s_firmware : firmware);
    }

    private long Size(MapReader disk)
    {
        if (disk.Single("size") is not { } scalar) return s_default.Size;
        if (Bytes(scalar.Text) is { } size)
        {
            if (size is >= Least and <= Most && size % MiB == 0) return size;
            problems.Add(new Problem("IB1110", $"A disk of {scalar.Text} cannot be made.",
                $"The size must be whole MiB, from {Least / MiB} MiB to {Most >> 40} TiB.", "Write e.g. `size: 4GiB`.", scalar.At));
        }
        else
            problems.Add(disk.WrongValue("size", scalar, "a number with its unit, MiB, GiB or TiB, e.g. 4GiB"));
        return s_default.Size;
    }

    private static long? Bytes(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        long? unit = text[digits..].Trim() switch { "MiB" => MiB, "GiB" => MiB << 10, "TiB" => MiB << 20, _ => null };
        return unit is { } factor && long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue / factor ? number * factor : null;
    }
}
