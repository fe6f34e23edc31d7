using System.Globalization;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace Bench;

/// <summary>Takes the figures one after another and makes a table of them.</summary>
internal sealed class Measurements(IProgramRunner programs, ScratchCopy copy)
{
    private const string Recipe = "debian-12-minimal";
    private const string LastComponent = "components/network-dhcp/1.0.0/component.yml";
    private const string LastCommand = "systemctl enable systemd-networkd.service";
    private const int Repeats = 3;
    private const int Documents = 1000;
    private const int Steps = 1000;

    private readonly TimedRuns _runs = new(programs, copy);

    /// <summary>Prints each figure as soon as it is there.</summary>
    public async Task TakeAsync(CancellationToken cancel)
    {
        Head();
        await _runs.RunAsync(["--tree"], cancel); // compiles
        await _runs.RunAsync(["--target=Doctor"], cancel);

        var raw = await _runs.RunAsync(["--target=Disk", $"--recipe={Recipe}"], cancel);
        Line($"{Recipe}, empty cache, to raw", raw.Seconds, 25, "17 s");
        var rest = await _runs.RunAsync(["--target=Image", $"--recipe={Recipe}"], cancel);
        Line("… to tested (BIOS and UEFI) raw + all formats", raw.Seconds + rest.Seconds, 90, "60 s");
        var again = await MedianAsync(_ => ["--target=Image", $"--recipe={Recipe}"], cancel);
        Line("same command again, nothing changed", again, 2, "–");
        Line("last step's script edited, to new raw disk", await MedianAsync(EditedDisk, cancel), 4, "1.1 s");
        Line("--target=Plan for both recipes", await MedianAsync(_ => ["--target=Plan"], cancel), 1, "–");
        await TakeStepsAsync(cancel);
        await TakeDocumentsAsync(alone: false, cancel);
        Row("peak memory of our process", Figures.Size(_runs.PeakMemory), "300 MiB", "–", _runs.PeakMemory <= 300L << 20);
        await TakePlansAsync(alone: false, cancel);
    }

    /// <summary>The figures of reading and checking, which need no image: <c>Bench documents</c> takes them alone.</summary>
    public async Task TakeDocumentsAsync(bool alone, CancellationToken cancel)
    {
        if (alone)
        {
            Head();
            await _runs.RunAsync(["--tree"], cancel); // compiles
        }

        var folder = Path.Combine(copy.Root, "generated");
        GeneratedDocuments.Write(folder, Documents);
        var runs = new List<TimedRun>();
        for (var i = 0; i < Repeats; i++) runs.Add(await _runs.RunAsync(["--target=Validate", $"--document={folder}"], cancel));
        Line($"--target=Validate, {Documents} documents of 10 steps", BuildComparison.Median(runs.Select(r => r.Seconds)), 2, "–");
        var peak = runs.Max(r => r.Peak);
        Row("… its memory", Figures.Size(peak), "250 MiB", "–", peak <= 250L << 20);
        foreach (var (what, seconds, bytes) in HostileYaml.Measure())
            Row($"hostile YAML: {what}", string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms, {Figures.Size(bytes)}"), "100 ms, 64 MiB", "–",
                seconds <= 0.1 && bytes <= 64 << 20);
    }

    /// <summary>The figures of planning: every plan is made, with all scripts and keys, and none is written. <c>Bench plans</c> takes them alone.</summary>
    public async Task TakePlansAsync(bool alone, CancellationToken cancel)
    {
        if (alone)
        {
            Head();
            await _runs.RunAsync(["--tree"], cancel); // compiles
        }

        foreach (var count in (int[])[10, 100, 1000, 10_000])
        {
            var folder = Path.Combine(copy.Root, "many");
            GeneratedRecipes.Write(folder, count);
            var runs = new List<TimedRun>();
            // Ten thousand take long enough for one run to say it.
            for (var i = 0; i < (count > 1000 ? 1 : Repeats); i++) runs.Add(await _runs.RunAsync(["--target=Validate", $"--working={folder}"], cancel));
            var (seconds, peak) = (BuildComparison.Median(runs.Select(r => r.Seconds)), runs.Max(r => r.Peak));
            var (most, bytes) = (Math.Max(1, count * 0.002), Math.Max(1, count / 1000) * (300L << 20));
            Row($"plans of {count} recipes with 10 components", string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s, {Figures.Size(peak)}"),
                string.Create(CultureInfo.InvariantCulture, $"{most:0} s, {Figures.Size(bytes)}"), "–", seconds <= most && peak <= bytes);
        }
    }

    // Their parent image is in the cache, and nothing else.
    private async Task TakeStepsAsync(CancellationToken cancel)
    {
        GeneratedSteps.Write(copy.Root, Steps);
        var milliseconds = (await _runs.RunAsync(["--target=Customize", $"--recipe={GeneratedSteps.Recipe}"], cancel)).Seconds * 1000 / Steps;
        Row($"a step that does nothing, with its layer ({Steps} of them)", string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
            "60 ms", "–", milliseconds <= 60);
    }

    private string[] EditedDisk(int number)
    {
        copy.Edit(LastComponent, LastCommand, $"true edit {number}; {LastCommand}");
        return ["--target=Disk", $"--recipe={Recipe}"];
    }

    private async Task<double> MedianAsync(Func<int, string[]> arguments, CancellationToken cancel)
    {
        var seconds = new List<double>();
        for (var i = 0; i < Repeats; i++) seconds.Add((await _runs.RunAsync(arguments(i), cancel)).Seconds);
        return BuildComparison.Median(seconds);
    }

    private static void Head()
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine($"{Environment.ProcessorCount} processors, load {load} before the start, "
            + $"{(Environment.IsPrivilegedProcess ? "root" : "ordinary user")}; medians of {Repeats} where something was cached");
        Console.WriteLine();
        Console.WriteLine("| what | measured | at most | floor measured by hand | |");
        Console.WriteLine("|---|---|---|---|---|");
    }

    private static void Line(string what, double seconds, double most, string floor) =>
        Row(what, string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
            string.Create(CultureInfo.InvariantCulture, $"{most:0} s"), floor, seconds <= most);

    private static void Row(string what, string measured, string most, string floor, bool reached) =>
        Console.WriteLine($"| {what} | {measured} | {most} | {floor} | {(reached ? "reached" : "NOT REACHED")} |");
}
