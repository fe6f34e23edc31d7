using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Formats;

/// <summary>A virtual machine in one file: descriptor, manifest and stream-optimised VMDK in a tar (DMTF DSP0243).</summary>
public sealed class OvaFormat : IImageFormat
{
    // The field of a ustar header for the size has eleven octal digits.
    private const long LargestUstarFile = (1L << 33) - 1;

    public string Name => "ova";

    public string Extension => ".ova";

    public string MadeFrom => "vmdk";

    // As in OvfDescriptor; recipe, version and parent image are the disk's own.
    public string InputsOf(Plan plan) => $"{(plan.Disk.Firmware.Contains("bios") ? "bios" : "uefi only")}, description: {plan.Description}";

    public async Task WriteAsync(FormatJob job, string path, CancellationToken cancel)
    {
        var vmdk = new FileInfo(job.Made[MadeFrom]);
        var name = Path.GetFileNameWithoutExtension(path);
        var descriptor = Encoding.UTF8.GetBytes(OvfDescriptor.Render(job.Source, vmdk.Name, vmdk.Length));
        await using var disk = vmdk.OpenRead();
        var manifest = $"SHA256({name}.ovf)= {Convert.ToHexStringLower(SHA256.HashData(descriptor))}\n"
            + $"SHA256({vmdk.Name})= {Convert.ToHexStringLower(await SHA256.HashDataAsync(disk, cancel))}\n";
        disk.Position = 0;

        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        await using var tar = new TarWriter(file, TarEntryFormat.Ustar);
        await AddAsync($"{name}.ovf", new MemoryStream(descriptor));
        await AddAsync($"{name}.mf", new MemoryStream(Encoding.UTF8.GetBytes(manifest)));
        await AddAsync(vmdk.Name, disk);

        Task AddAsync(string entryName, Stream content)
        {
            PosixTarEntry entry = content.Length > LargestUstarFile ? new GnuTarEntry(TarEntryType.RegularFile, entryName)
                : new UstarTarEntry(TarEntryType.RegularFile, entryName);
            entry.Mode = (UnixFileMode)0b110_100_100;
            entry.ModificationTime = DateTimeOffset.FromUnixTimeSeconds(job.Source.Epoch);
            entry.DataStream = content;
            return tar.WriteEntryAsync(entry, cancel);
        }
    }

    // The VMDK was compared before this: what is left is that it is in here byte for byte.
    public async Task<string> VerifyAsync(FormatJob job, string path, CancellationToken cancel)
    {
        var vmdk = job.Made[MadeFrom];
        await using var disk = File.OpenRead(vmdk);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(disk, cancel));
        var files = await OvaReading.CheckManifestAsync(path, cancel);
        var name = Path.GetFileName(vmdk);
        if (files.Contains(new OvaFile(name, sha256))) return "its manifest; the disk in it is the compared VMDK";
        throw new ProblemException(ExitCode.Integrity, new Problem("IB6003",
            $"`{Path.GetFileName(path)}` does not hold `{name}` as it was written.",
            $"It holds: {string.Join(", ", files.Select(f => $"{f.Name} with SHA-256 {f.Sha256}"))}; written was {sha256}.",
            "Run the target Export again; if it happens again, check this machine's disk and memory."));
    }
}
