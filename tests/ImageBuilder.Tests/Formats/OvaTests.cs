using System.Formats.Tar;
using System.Xml.Linq;
using ImageBuilder.Formats;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Formats;

public sealed class OvaTests : IDisposable
{
    private static readonly XNamespace s_ovf = "http://schemas.dmtf.org/ovf/envelope/1";
    private static readonly XName s_subType =
        XName.Get("ResourceSubType", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData");

    private readonly FormatFolder _folder = new();

    public OvaTests() =>
        new RandomDisk([new Piece(Content.Noise, 300, 1), new Piece(Content.Hole, 4000, 0)]).WriteTo(_folder.Raw);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_holds_descriptor_manifest_and_disk_in_this_order()
    {
        var path = await _folder.WriteAsync("ova");
        using var tar = new TarReader(File.OpenRead(path));
        var entries = new List<(string, TarEntryFormat, long)>();
        while (tar.GetNextEntry() is { } entry)
            entries.Add((entry.Name, entry.Format, entry.ModificationTime.ToUnixTimeSeconds()));
        Assert.Equal(["web-1.2.3.ovf", "web-1.2.3.mf", "web-1.2.3.vmdk"], entries.Select(e => e.Item1));
        Assert.All(entries, e => Assert.Equal((TarEntryFormat.Ustar, 1_700_000_000), (e.Item2, e.Item3)));
    }

    [Fact]
    public async Task The_same_disk_gives_the_same_bytes()
    {
        var first = File.ReadAllBytes(await _folder.WriteAsync("ova"));
        Directory.EnumerateFiles(_folder.Folder, "web-*").ToList().ForEach(File.Delete);
        Assert.Equal(first, File.ReadAllBytes(await _folder.WriteAsync("ova")));
    }

    [Fact]
    public void No_text_of_a_recipe_can_become_markup()
    {
        var evil = "</Annotation><!-- \"'&{{ 1 + 1 }}]]> \u0001 \ud83d\ude00";
        var xml = Descriptor(FormatFolder.Plan with { Description = evil });
        Assert.Equal(evil.Replace('\u0001', '\ufffd'), xml.Descendants(s_ovf + "Annotation").Single().Value);
    }

    [Fact]
    public void The_machine_has_devices_that_cloud_kernels_drive()
    {
        var xml = Descriptor(FormatFolder.Plan);
        Assert.Equal(["VirtualSCSI", "VmxNet3"], xml.Descendants(s_subType).Select(e => e.Value));
        Assert.Equal("96", xml.Descendants(s_ovf + "OperatingSystemSection").Single().Attribute(s_ovf + "id")?.Value);
    }

    [Fact]
    public void Firmware_is_named_only_where_the_disk_is_not_tested_with_BIOS()
    {
        Assert.DoesNotContain("firmware", Descriptor(FormatFolder.Plan).ToString(), StringComparison.Ordinal);
        var uefi = FormatFolder.Plan with { Disk = FormatFolder.Plan.Disk with { Firmware = ["uefi"] } };
        Assert.Contains("vmw:key=\"firmware\" vmw:value=\"efi\"", Descriptor(uefi).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_anywhere_in_its_files_is_found()
    {
        var path = await _folder.WriteAsync("ova");
        Assert.Equal(2, (await OvaReading.CheckManifestAsync(path, CancellationToken.None)).Count);
        var good = File.ReadAllBytes(path);
        foreach (var place in (int[])[600, 5150, good.Length / 2])
        {
            var bad = (byte[])good.Clone();
            bad[place] ^= 1;
            File.WriteAllBytes(path, bad);
            var found = await Assert.ThrowsAsync<ProblemException>(
                () => OvaReading.CheckManifestAsync(path, CancellationToken.None));
            Assert.Equal((ExitCode.Integrity, "IB6004"), (found.Exit, found.Problems[0].Code));
        }
    }

    [Fact]
    public async Task Another_VMDK_than_the_compared_one_is_found()
    {
        var path = await _folder.WriteAsync("ova");
        var ova = FormatFolder.Format("ova");
        var job = await _folder.JobAsync(ova);
        await ova.VerifyAsync(job, path, CancellationToken.None);
        File.AppendAllText(job.Made["vmdk"], "more");
        var found = await Assert.ThrowsAsync<ProblemException>(() => ova.VerifyAsync(job, path, CancellationToken.None));
        Assert.Equal("IB6003", found.Problems[0].Code);
    }

    private XDocument Descriptor(Model.Plan plan) => XDocument.Parse(
        OvfDescriptor.Render(new Contracts.DiskSource(plan, _folder.Raw, 1 << 20, "00", 0), "web.vmdk", 1000));
}
