using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace Bench;

/// <summary>
/// How long the same disk takes to its login prompt: in the stage TestImage, and started by QEMU alone, in turns. QEMU gives a machine one processor,
/// as TestImage does where it is emulated; two are quicker, and end in a panic now and then.
/// </summary>
internal sealed class BootComparison(IProgramRunner programs, ScratchCopy copy, int rounds)
{
    private const string Recipe = "debian-12-minimal";
    private const string RecipeFile = $"recipes/{Recipe}/recipe.yml";
    private const string Prompt = "login:";
    private const double Goal = 1.1;

    private readonly TimedRuns _runs = new(programs, copy);

    private string Image => Path.Combine(copy.Artifacts, Recipe, "1.0.0");

    public async Task TakeAsync(CancellationToken cancel)
    {
        await _runs.RunAsync(["--tree"], cancel); // compiles
        Console.WriteLine($"\n### To the login prompt, medians of {rounds}\n\n"
            + "| firmware | TestImage | QEMU alone | ours / QEMU | goal | | QEMU alone with two processors |\n|---|---|---|---|---|---|---|");
        var before = "firmware: [bios, uefi]";
        foreach (var (firmware, switches) in ((string, string[])[])[("bios", []), ("uefi", ["-bios", "/usr/share/ovmf/OVMF.fd"])])
        {
            copy.Edit(RecipeFile, before, before = $"firmware: [{firmware}]");
            await _runs.RunAsync(["--target=Disk", $"--recipe={Recipe}"], cancel);
            var (ours, alone, two) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                ours.Add(await TestAsync(cancel));
                alone.Add(await StartAsync(switches, cancel));
                two.Add(await StartAsync(["-smp", "2", .. switches], cancel));
            }

            var (mine, theirs, faster) = (BuildComparison.Median(ours), BuildComparison.Median(alone), BuildComparison.Median(two));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {firmware} | {mine:0.0} s | {theirs:0.0} s | {mine / theirs:0.00} | {Goal} | {(mine / theirs <= Goal ? "reached" : "NOT REACHED")} | {faster:0.0} s |"));
        }
    }

    private async Task<double> TestAsync(CancellationToken cancel)
    {
        File.Delete(Path.Combine(Image, RecordFiles.TestFile)); // else there is nothing to do
        await _runs.RunAsync(["--target=TestImage", $"--recipe={Recipe}"], cancel);
        var record = await RecordFiles.TryReadAsync<Tested>(Path.Combine(Image, RecordFiles.TestFile), "", cancel);
        return record!.Boots[0].LoginSeconds!.Value; // the run ended well
    }

    private async Task<double> StartAsync(string[] switches, CancellationToken cancel)
    {
        Console.Error.WriteLine($"bench: qemu-system-x86_64 {string.Join(' ', switches)}");
        var watch = Stopwatch.StartNew();
        await using var machine = programs.Start(new Command("qemu-system-x86_64",
            ["-m", "1024", "-nographic", "-snapshot", "-drive", $"file={Path.Combine(Image, "disk.raw")},format=raw,if=virtio", "-net", "none", .. switches]));
        using var output = new StreamReader(machine.Output);
        var (seen, buffer) = ("", new char[4096]);
        while (!seen.Contains(Prompt, StringComparison.Ordinal))
        {
            var read = await output.ReadAsync(buffer, cancel);
            if (read == 0) throw new InvalidOperationException("QEMU ended before there was a login prompt.");
            seen = string.Concat(seen.AsSpan(Math.Max(0, seen.Length - Prompt.Length)), buffer.AsSpan(0, read));
        }

        return watch.Elapsed.TotalSeconds;
    }
}
