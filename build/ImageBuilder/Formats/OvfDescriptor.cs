using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using Scriban.Runtime;

namespace ImageBuilder.Formats;

/// <summary>The virtual machine that an OVA describes (DMTF DSP0243, OVF 1.1), rendered from <c>Ova.ovf.sbn</c>.</summary>
public static class OvfDescriptor
{
    // Operating systems by number in the CIM schema's class CIM_OperatingSystem, property OsType.
    private const int Ubuntu64 = 94;
    private const int Debian64 = 96;
    private const int Linux64 = 101;

    public static string Render(DiskSource source, string vmdk, long vmdkSize)
    {
        var plan = source.Plan;
        var (type, vmware) = GuestOf(plan.Parent);
        return XmlTemplate.Render("Formats/Ova.ovf.sbn", new ScriptObject
        {
            ["name"] = $"{plan.Recipe}-{plan.Version}",
            ["product"] = plan.Recipe,
            ["version"] = plan.Version,
            ["description"] = plan.Description,
            ["vmdk"] = vmdk,
            ["vmdk_size"] = vmdkSize,
            ["capacity"] = source.Size,
            ["system_type"] = type,
            ["system_vmware"] = vmware,
            ["system_name"] = plan.Parent.Reference,
            ["uefi_only"] = !plan.Disk.Firmware.Contains("bios"),
            ["processors"] = 2,
            ["memory"] = 2048,
        });
    }

    // VMware names Debian's releases by number; a host that does not know one yet takes it for another Linux and says so.
    private static (int Type, string VMware) GuestOf(ParentImage parent) => parent.Distribution switch
    {
        "debian" when ReleaseNumber(parent) is { } number => (Debian64, $"debian{number}_64Guest"),
        "debian" => (Debian64, "otherLinux64Guest"),
        "ubuntu" => (Ubuntu64, "ubuntu64Guest"),
        _ => (Linux64, "otherLinux64Guest"),
    };

    private static string? ReleaseNumber(ParentImage parent) => Catalog<IDistribution>.All
        .Where(d => d.Name == parent.Distribution).SelectMany(d => d.Releases)
        .Where(r => r.Value == parent.Release).Select(r => r.Key)
        .FirstOrDefault(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
