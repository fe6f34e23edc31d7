using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace Bench;

/// <summary>One disk in all formats, by our writers side by side and by qemu-img one after another.</summary>
internal sealed class ExportComparison(IProgramRunner programs, int rounds) : IDisposable
{
    private const string Sha256 = "4f3e2d1c00000000000000000000000000000000000000000000000000000000";
    private const long Epoch = 1_700_000_000;

    // Files of this machine up to 1 GB: whatever a system has, compressed about as well as an image.
    private const string MakeDisk = """
        set -euo pipefail
        mkdir "$1/tree"
        find /usr/lib /usr/share /usr/bin -xdev -type f -size -64M -printf '%s %p\0' 2>/dev/null | LC_ALL=C sort -z -k 2 |
            awk -v RS='\0' -v ORS='\0' 'sum + $1 <= 1000000000 { sum += $1; sub(/^[0-9]+ /, ""); print }' |
            xargs -0 cp --parents -t "$1/tree"
        truncate -s 4G "$1/disk.raw"
        mke2fs -q -F -t ext4 -d "$1/tree" "$1/disk.raw"
        rm -rf "$1/tree"
        """;

    private static readonly string[] s_formats = ["vmdk", "vhdx", "vhd", "qcow2", "ova"];

    // What qemu-img is told for the same, and what follows for the machine in one file.
    private static readonly (string Format, string[] Arguments)[] s_theirs =
    [
        ("vmdk", ["-O", "vmdk", "-o", "subformat=streamOptimized"]),
        ("vhdx", ["-O", "vhdx"]),
        ("vhd", ["-O", "vpc", "-o", "force_size=on"]),
        ("qcow2", ["-O", "qcow2", "-c", "-o", "compression_type=zstd"]),
        ("ova", ["-O", "vmdk", "-o", "subformat=streamOptimized"]),
    ];

    private readonly DirectoryInfo _folder = Scratch.InMemory();

    private string Raw => Path.Combine(_folder.FullName, "disk.raw");

    private static Plan Plan => new()
    {
        Recipe = "bench",
        Version = "1.0.0",
        RecipeFile = "",
        Engine = "local",
        Architecture = "x86_64",
        Parent = new ParentImage("distribution", "debian:12", "debian", "bookworm", [], ""),
        Disk = new DiskPlan(4L << 30, "ext4", ["bios", "uefi"]),
        Outputs = s_formats,
    };

    /// <summary>Prints the table.</summary>
    public async Task TakeAsync(CancellationToken cancel)
    {
        (await programs.RunAsync(new Command("bash", "-c", MakeDisk, "bench", _folder.FullName), cancel)).OrThrow("There is no disk to write.");
        var (ours, theirs, alone) = (new List<double>(), new List<double>(), s_theirs.ToDictionary(f => f.Format, _ => new List<double>()));
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(await OursAsync(cancel));
            var sum = 0.0;
            foreach (var (format, arguments) in s_theirs)
            {
                alone[format].Add(await QemuAsync(format, arguments, cancel));
                sum += alone[format][^1];
            }

            theirs.Add(sum);
        }

        Console.WriteLine("\n### 1 GB in a disk of 4 GiB, in memory, to all formats\n");
        Console.WriteLine($"| who | median of {rounds} | ours / theirs |\n|---|---|---|");
        var together = BuildComparison.Median(ours);
        Row($"ImageBuilderBuild: {string.Join(", ", s_formats)} together", together, null);
        Row("qemu-img convert, one after another (the OVA as a second VMDK and tar)", BuildComparison.Median(theirs), together);
        foreach (var (name, script) in Floors().Where(f => Has(f.Script.Split(' ')[0])))
            Row(name, BuildComparison.Median([await FloorAsync(script, cancel), await FloorAsync(script, cancel), await FloorAsync(script, cancel)]), together);
        Console.WriteLine("\n| format | ours alone | qemu-img | ours | qemu-img's | ours / theirs |\n|---|---|---|---|---|---|");
        foreach (var format in s_formats)
        {
            var (mine, other) = (Size(format), Size($"q.{format}"));
            var seconds = await AloneAsync(format, cancel);
            Console.WriteLine($"| {format} | {BuildComparison.Text(seconds)} s | {BuildComparison.Text(BuildComparison.Median(alone[format]))} s | {Figures.Size(mine)} "
                + $"| {Figures.Size(other)} | {BuildComparison.Text((double)mine / other)} |");
        }

        Console.WriteLine($"\nPeak of the whole process while it wrote: {Figures.Size(Process.GetCurrentProcess().PeakWorkingSet64)}.");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // Everything that is compressed once: what all cores can do at all, each disk's holes left out.
    private static IEnumerable<(string Name, string Script)> Floors() =>
    [
        ("floor: pigz on all cores, once", "pigz -c \"$1\" >\"$1.out\""),
        ("floor: zstd on all cores, once", "zstd -q -T0 -c \"$1\" >\"$1.out\""),
    ];

    private async Task<double> OursAsync(CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync("bench: all formats");
        var watch = Stopwatch.StartNew();
        var made = new Dictionary<string, string>();
        var vmdk = WriteAsync("vmdk", made, cancel);
        await Task.WhenAll([vmdk, .. s_formats.Where(f => f is not ("vmdk" or "ova")).Select(f => WriteAsync(f, made, cancel)), OvaAsync()]);
        return watch.Elapsed.TotalSeconds;

        async Task OvaAsync()
        {
            made["vmdk"] = await vmdk;
            await WriteAsync("ova", made, cancel);
        }
    }

    private async Task<double> AloneAsync(string format, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        await WriteAsync(format, new Dictionary<string, string> { ["vmdk"] = PathOf("vmdk") }, cancel);
        return watch.Elapsed.TotalSeconds;
    }

    private async Task<string> WriteAsync(string name, IReadOnlyDictionary<string, string> made, CancellationToken cancel)
    {
        var format = Catalog<IImageFormat>.All.Single(f => f.Name == name);
        var source = new DiskSource(Plan, Raw, new FileInfo(Raw).Length, Sha256, Epoch);
        await format.WriteAsync(new FormatJob(source, programs, made, _ => { }), PathOf(name), cancel);
        return PathOf(name);
    }

    private async Task<double> QemuAsync(string format, string[] arguments, CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync($"bench: qemu-img {format}");
        var (target, disk) = (PathOf($"q.{format}"), PathOf("q.disk.vmdk"));
        var watch = Stopwatch.StartNew();
        var convert = new Command("qemu-img", ["convert", "-f", "raw", .. arguments, Raw, format == "ova" ? disk : target]);
        (await programs.RunAsync(convert, cancel)).OrThrow("qemu-img could not write.");
        if (format == "ova") (await programs.RunAsync(new Command("tar", "-cf", target, "-C", _folder.FullName, Path.GetFileName(disk)), cancel)).OrThrow("tar could not write.");
        return watch.Elapsed.TotalSeconds;
    }

    private async Task<double> FloorAsync(string script, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        (await programs.RunAsync(new Command("bash", "-c", script, "bench", Raw), cancel)).OrThrow("A floor could not be measured.");
        return watch.Elapsed.TotalSeconds;
    }

    private bool Has(string program)
    {
        if (programs.Find(program) is not null) return true;
        Console.WriteLine($"| floor: {program} is not installed | | |");
        return false;
    }

    private long Size(string format)
    {
        using var file = new ImageBuilder.FileSystems.RawDisk(PathOf(format));
        return file.DataSize();
    }

    private string PathOf(string format) => Path.Combine(_folder.FullName, $"bench-1.0.0.{format}");

    private static void Row(string what, double seconds, double? ours) => Console.WriteLine(
        $"| {what} | {BuildComparison.Text(seconds)} s | {(ours is { } mine ? (mine / seconds).ToString("0.00", CultureInfo.InvariantCulture) : "")} |");
}
