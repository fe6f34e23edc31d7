using System.Globalization;
using ImageBuilder.Distros;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>Builds of the same packages by us and by others, in turns.</summary>
internal sealed class BuildComparison(IProgramRunner programs, ScratchCopy copy, int rounds)
{
    private const string Recipe = "bench-server";
    private const string Document = $"components/{Recipe}/1.0.0/component.yml";
    private const string LastCommand = "echo last";

    private static readonly string[] s_added = ["openssh-server", "nginx-light"];

    private readonly TimedRuns _runs = new(programs, copy);
    private readonly List<string> _caches = [];
    private readonly List<TimedRun> _cold = [];
    private int _edits;

    private static IReadOnlyList<string> Packages => [.. new Debian().BasePackages("bookworm", "x86_64"), .. s_added];

    /// <summary>Prints a table for each kind of build.</summary>
    public async Task TakeAsync(CancellationToken cancel)
    {
        WriteRecipe();
        await _runs.RunAsync(["--tree"], cancel); // compiles
        var peers = Peer.All(programs, copy.Root);
        try
        {
            Console.WriteLine($"Packages: bookworm with {string.Join(", ", Packages)} and what they need. All are downloaded before.");
            // The first build of each fetches, and shows who can build here.
            await ColdAsync(cancel);
            _cold.Clear();
            var able = new List<Peer>();
            foreach (var peer in peers)
                if (await peer.RunAsync(Request.Build, Packages, cancel) is not null) able.Add(peer);
            await CompareAsync("Everything anew, to a raw disk", "a disk that boots with BIOS and UEFI", peers, able, Request.Build, ColdAsync, cancel);
            var (own, all) = (Median(_cold.Select(r => r.Own)), Median(_cold.Select(r => r.All)));
            Console.WriteLine($"\nProcessor time of ImageBuilderBuild itself: {Text(own)} s of {Text(all)} s, {own / all:P0} (goal: 5 %).");
            await _runs.RunAsync(["--target=Disk", $"--recipe={Recipe}"], cancel);
            await CompareAsync("The last script changed, to a raw disk", "a disk that boots with BIOS and UEFI", peers, able, Request.Edit, EditedAsync, cancel);
            await ImageAsync(cancel);
            await CompareAsync("Nothing changed", "nothing: all that was made is looked at", peers, able, Request.Again, ImageAsync, cancel);
            await FormatsAsync(cancel);
        }
        finally
        {
            foreach (var peer in peers) await peer.RemoveAsync();
        }
    }

    private async Task CompareAsync(
        string title, string ours, IReadOnlyList<Peer> peers, IReadOnlyList<Peer> able, Request request, Func<CancellationToken, Task<double>> run, CancellationToken cancel)
    {
        var mine = new List<double>();
        var theirs = peers.ToDictionary(p => p, _ => new List<double>());
        foreach (var peer in able.Where(_ => request != Request.Build)) await peer.RunAsync(request, Packages, cancel); // fills its cache
        for (var round = 0; round < rounds; round++)
        {
            mine.Add(await run(cancel));
            foreach (var peer in able)
                if (await peer.RunAsync(request, Packages, cancel) is { } seconds) theirs[peer].Add(seconds);
        }

        Console.WriteLine($"\n### {title}\n\n| who | median of {rounds} | ours / theirs | what is made |\n|---|---|---|---|");
        Console.WriteLine($"| ImageBuilderBuild | {Text(Median(mine))} s | | {ours} |");
        foreach (var (peer, seconds) in theirs)
            Console.WriteLine(seconds.Count > 0
                ? $"| {peer.Name} | {Text(Median(seconds))} s | {Text(Median(mine) / Median(seconds))} | {peer.Makes} |"
                : $"| {peer.Name} | – | | did not run here: {peer.Why} |");
    }

    // Its own cache each time, with nothing in it but packages.
    private async Task<double> ColdAsync(CancellationToken cancel)
    {
        var cache = Path.Combine(copy.Root, "..", $"cold-{_caches.Count}");
        if (_caches.Count > 0)
        {
            Directory.CreateDirectory(cache);
            await programs.RunAsync(new Command("cp", "-a", Path.Combine(_caches[0], "packages"), cache), cancel);
        }

        _caches.Add(cache);
        var artifacts = Path.Combine(copy.Root, "..", $"artifacts-{_caches.Count}");
        _cold.Add(await _runs.RunAsync(["--target=Disk", $"--recipe={Recipe}", $"--cache={cache}", $"--artifacts={artifacts}"], cancel));
        return _cold[^1].Seconds;
    }

    private async Task<double> EditedAsync(CancellationToken cancel)
    {
        copy.Edit(Document, LastCommand, string.Create(CultureInfo.InvariantCulture, $"true {++_edits}; {LastCommand}"));
        return (await _runs.RunAsync(["--target=Disk", $"--recipe={Recipe}"], cancel)).Seconds;
    }

    private async Task<double> ImageAsync(CancellationToken cancel) => (await _runs.RunAsync(["--target=Image", $"--recipe={Recipe}"], cancel)).Seconds;

    // Formats are written after the machines have booted, which is not counted here.
    private async Task FormatsAsync(CancellationToken cancel)
    {
        var (disks, formats) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            disks.Add(await EditedAsync(cancel));
            await _runs.RunAsync(["--target=TestImage", $"--recipe={Recipe}"], cancel);
            formats.Add((await _runs.RunAsync(["--target=Export", $"--recipe={Recipe}"], cancel)).Seconds);
        }

        var (disk, all) = (Median(disks), Median(formats));
        Console.WriteLine($"\nThe last script changed, to all formats: {Text(disk)} s to the disk and {Text(all)} s to the formats, {Text(disk + all)} s (goal: 4 s).");
    }

    private void WriteRecipe()
    {
        copy.Write(Document, $$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - name: Install
                    action: ExecuteBash
                    inputs:
                      commands:
                        - apt-get update && apt-get install --yes --no-install-recommends {{string.Join(' ', s_added)}}
                  - name: Last
                    action: ExecuteBash
                    inputs: { commands: ["{{LastCommand}} >/etc/bench"] }

            """);
        copy.Write($"recipes/{Recipe}/recipe.yml", $$"""
            schemaVersion: 1.0
            name: {{Recipe}}
            version: 1.0.0
            description: What others are compared with.
            platform: Linux
            architecture: x86_64
            parentImage: { local: debian:12 }
            components: [{ name: {{Recipe}}, version: 1.0.0 }]
            disk: { size: 2GiB, fileSystem: ext4, firmware: [bios, uefi] }
            outputs: [raw, qcow2, vmdk, vhdx, vhd, ova]

            """);
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    internal static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
