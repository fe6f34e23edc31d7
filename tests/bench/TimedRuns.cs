using System.Diagnostics;
using System.Globalization;
using System.Text;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>How long one run of build.sh took, and what our process used.</summary>
/// <param name="Peak">The most memory in bytes that it had.</param>
/// <param name="Own">Seconds of processor time that it took itself.</param>
/// <param name="All">Seconds of processor time with all programs that it started and that have ended.</param>
internal sealed record TimedRun(double Seconds, long Peak, double Own, double All);

/// <summary>Runs build.sh of the copy with a cache and artifacts of its own.</summary>
internal sealed class TimedRuns(IProgramRunner programs, ScratchCopy copy)
{
    private const double TicksInSecond = 100; // USER_HZ, which proc(5) counts in

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>The most memory in bytes that our process had in any run so far.</summary>
    public long PeakMemory { get; private set; }

    public async Task<TimedRun> RunAsync(string[] arguments, CancellationToken cancel)
    {
        var command = new Command("bash", ["build.sh", .. Given("--artifacts=", copy.Artifacts), .. arguments, "--no-install"])
        {
            WorkingDirectory = copy.Root,
            Environment = new Dictionary<string, string> { ["IMAGEBUILDER_CACHE"] = copy.Cache, ["NO_COLOR"] = "1" },
        };
        string[] Given(string name, string value) => arguments.Any(a => a.StartsWith(name, StringComparison.Ordinal)) ? [] : [name + value];
        Console.Error.WriteLine($"bench: ./build.sh {string.Join(' ', arguments)}");
        var watch = Stopwatch.StartNew();
        await using var program = programs.Start(command);
        program.Input.Close();
        var (output, error) = (ReadAsync(program.Output), ReadAsync(program.Error));
        var ended = program.WaitAsync(cancel);
        var (peak, time) = (0L, (Own: 0.0, All: 0.0));
        while (await Task.WhenAny(ended, Task.Delay(s_lookEvery, cancel)) != ended)
        {
            peak = Math.Max(peak, PeakOf(program.Id));
            time = ProcessorTimeOf(program.Id) ?? time;
        }

        var exit = await ended;
        var run = new TimedRun(watch.Elapsed.TotalSeconds, peak, time.Own, time.All);
        PeakMemory = Math.Max(PeakMemory, peak);
        var result = new ProgramResult(command, exit, await output, await error, watch.Elapsed, TimedOut: false);
        result.OrThrow("A run that was to be measured failed.", ExitCode.BuildFailed);
        return run;
    }

    // build.sh becomes our program, so it has its id. The high-water mark stands for the time before, too.
    private static long PeakOf(int process)
    {
        try
        {
            // A line as `VmHWM:    78104 kB`.
            var status = File.ReadLines($"/proc/{process}/status");
            var mark = status.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))?.Split(' ')[^2];
            return mark is null ? 0 : long.Parse(mark, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    // Fields 14 to 17: its own time in programs and in the kernel, and that of what it has waited for.
    private static (double Own, double All)? ProcessorTimeOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from the third on
            var times = fields[11..15].Select(f => long.Parse(f, CultureInfo.InvariantCulture) / TicksInSecond).ToArray();
            return (times[0] + times[1], times.Sum());
        }
        catch (IOException)
        {
            return null; // it has just ended
        }
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
