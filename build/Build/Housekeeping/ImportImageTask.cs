using System.Text.Json;
using Cake.Frosting;
using ImageBuilder.Problems;
using ImageBuilder.Publishing;
using ImageBuilder.Records;

namespace Build.Housekeeping;

[TaskName("ImportImage"), TaskDescription("Make an AMI of a machine's disk (--file=, --bucket=) by VM Import/Export, which prepares the system in it")]
public sealed class ImportImageTask : TargetTask
{
    private static readonly string[] s_formats = ["ova", "vmdk", "vhdx", "vhd", "raw"];
    private static readonly string[] s_bootModes = ["legacy-bios", "uefi", "uefi-preferred"];
    private static readonly string[] s_licenses = ["AWS", "BYOL"];
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var wish = WishOf(session.Options);
        var journal = session.Clouds.JournalOf(wish.Name, "");
        var made = await new MachineImport(session.CloudRegion, journal, session.Ports.Clock, session.Console.Line).RunAsync(wish, cancel);
        var record = Path.Combine(session.Options.Artifacts, "imports", $"{wish.Name}.json");
        await AtomicFile.WriteAsync(record, JsonSerializer.SerializeToUtf8Bytes(made, s_json), cancel);
        session.Close($"Made {made.Image} in {made.Region} of {wish.File}: {session.Options.Show(record)}");
    }

    // Everything that is wrong is said at once, before anything is asked.
    private static ImportWish WishOf(Options options)
    {
        var problems = new ProblemBag();
        var cloud = options.Cloud;
        if (cloud.File is null || cloud.Bucket is null)
            problems.Add(new Problem("IB8410", "ImportImage needs a disk and a bucket.", "AWS reads the disk from a bucket, to which it is uploaded and then removed again.",
                "Write `./build.sh --target=ImportImage --file=disk.vmdk --bucket=NAME`."));
        if (cloud.File is not null && !File.Exists(cloud.File))
            problems.Add(new Problem("IB8411", $"There is no file `{cloud.File}`.", "--file= names it.", "Correct the path."));
        var format = Path.GetExtension(cloud.File ?? "").TrimStart('.').ToLowerInvariant();
        if (cloud.File is not null && !s_formats.Contains(format))
            problems.Add(new Problem("IB8412", $"VM Import/Export reads no `{format}` files.", $"It reads {string.Join(", ", s_formats)}, told by the file's extension.",
                "Convert it, e.g. with `qemu-img convert -O vmdk -o subformat=streamOptimized`, or correct the extension."));
        Check("architecture", cloud.Architecture, ["x86_64"], "It imports no machines for arm64: their disks have to be published.");
        Check("boot-mode", cloud.BootMode, s_bootModes, "Those are the values that AWS has.");
        Check("license", cloud.License, s_licenses, "AWS: it is paid with the instance; BYOL: it is the user's own.");
        Check("platform", options.Platform, ["Linux", "Windows"], "VM Import/Export knows no others.");
        problems.ThrowIfErrors();
        return new ImportWish(cloud.File!, format.ToUpperInvariant(), cloud.Bucket!, cloud.Architecture ?? "x86_64", options.Platform ?? "Linux",
            cloud.BootMode, cloud.License); // checked

        void Check(string name, string? value, IReadOnlyCollection<string> known, string why)
        {
            if (value is not null && !known.Contains(value))
                problems.Add(new Problem("IB8413", $"`--{name}={value}` cannot be imported.", why, $"Write one of {string.Join(", ", known)}, or leave it out."));
        }
    }
}
