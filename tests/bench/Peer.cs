using System.Diagnostics;
using ImageBuilder.Distros;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>What another builder is asked for: an argument of its script in <c>peers/</c>.</summary>
internal enum Request { Build, Again, Edit }

/// <summary>Another builder, by its script in <c>peers/</c>: the first line says its name, the second what it makes.</summary>
internal sealed class Peer
{
    private const string Release = "bookworm";

    // Where one cannot do what it is asked for, it says why and ends with this.
    private const int Unable = 3;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly IProgramRunner _programs;
    private readonly string _script;
    private readonly DirectoryInfo _kept = Scratch.OnDisk();

    private Peer(IProgramRunner programs, string script)
    {
        (_programs, _script) = (programs, script);
        var head = File.ReadLines(script).Take(2).Select(line => line[2..]).ToList();
        (Name, Makes) = (head[0], head[1]);
    }

    public string Name { get; }

    public string Makes { get; }

    /// <summary>Why it cannot do something, once it has said so.</summary>
    public string? Why { get; private set; }

    public static IReadOnlyList<Peer> All(IProgramRunner programs, string repository) =>
        [.. Directory.EnumerateFiles(Path.Combine(repository, "tests/bench/peers"), "*.sh").Order(StringComparer.Ordinal).Select(f => new Peer(programs, f))];

    /// <returns>Seconds; null when it cannot, which <see cref="Why"/> explains.</returns>
    public async Task<double?> RunAsync(Request request, IReadOnlyList<string> packages, CancellationToken cancel)
    {
        Why = null;
        var work = Scratch.InMemory();
        try
        {
            var command = await CommandAsync(request, packages, work.FullName, cancel);
            await Console.Error.WriteLineAsync($"bench: {Name} {request}");
            var watch = Stopwatch.StartNew();
            var result = await _programs.RunAsync(command, cancel);
            var seconds = watch.Elapsed.TotalSeconds;
            if (result.Succeeded) return seconds;
            var said = (result.Output + result.Error).Trim().Split('\n')[^1];
            Why = result.ExitCode == Unable ? said : result.TimedOut ? $"not done after {s_limit.TotalMinutes:0} minutes" : $"failed: {said}";
            return null;
        }
        finally
        {
            await RemoveAsync(work);
        }
    }

    public Task RemoveAsync() => RemoveAsync(_kept);

    private async Task<Command> CommandAsync(Request request, IReadOnlyList<string> packages, string work, CancellationToken cancel)
    {
        var sources = new Debian().Sources(Release, mirror: null);
        await File.WriteAllTextAsync(Path.Combine(work, "sources.list"), string.Concat(sources.Select(s => s + "\n")), cancel);
        return new Command("bash", [_script, request.ToString().ToLowerInvariant()])
        {
            TimeOut = s_limit,
            Environment = new Dictionary<string, string>
            {
                ["WORK"] = work,
                ["KEEP"] = _kept.FullName,
                ["RELEASE"] = Release,
                ["MIRROR"] = sources[0].Uri,
                ["SOURCES"] = Path.Combine(work, "sources.list"),
                ["PACKAGES"] = string.Join(',', packages),
                ["IMAGEBUILDER_BENCH_MKOSI"] = Environment.GetEnvironmentVariable("IMAGEBUILDER_BENCH_MKOSI") ?? "",
            },
        };
    }

    // Some leave folders that only rm can remove.
    private async Task RemoveAsync(DirectoryInfo folder) =>
        (await _programs.RunAsync(new Command("rm", "-rf", "--one-file-system", folder.FullName), CancellationToken.None)).OrThrow("A folder stays.");
}
