using System.Diagnostics;
using System.Globalization;
using System.Text;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>How long one run of build.sh took, and the most memory in bytes that our process had.</summary>
internal sealed record TimedRun(double Seconds, long Peak);

/// <summary>Runs build.sh of the copy with a cache and artifacts of its own.</summary>
internal sealed class TimedRuns(IProgramRunner programs, ScratchCopy copy)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(50);

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
        var peak = 0L;
        while (await Task.WhenAny(ended, Task.Delay(s_lookEvery, cancel)) != ended) peak = Math.Max(peak, PeakOf(program.Id));
        var exit = await ended;
        var run = new TimedRun(watch.Elapsed.TotalSeconds, peak);
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

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
