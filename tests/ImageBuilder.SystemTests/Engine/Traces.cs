using System.Globalization;
using ImageBuilder.Layers;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>What a build must not leave behind on the machine.</summary>
internal static class Traces
{
    /// <summary>Waits until no process has the text in its command line; the kernel ends them a moment after their namespace.</summary>
    public static async Task NoProcessAsync(string text, CancellationToken cancel)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (!Processes().Any(p => p.Contains(text, StringComparison.Ordinal))) return;
            await Task.Delay(100, cancel);
        }

        Assert.DoesNotContain(Processes(), p => p.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Waits until a process of this very command line runs.</summary>
    public static async Task ProcessAsync(string command, CancellationToken cancel)
    {
        for (var tries = 0; tries < 1200 && !Processes().Any(p => p.TrimEnd() == command); tries++) await Task.Delay(50, cancel);
        Assert.Contains(Processes(), p => p.TrimEnd() == command);
    }

    public static void NoMount() => Assert.DoesNotContain(File.ReadLines("/proc/self/mounts"), l => l.Contains("imagebuilder", StringComparison.Ordinal));

    /// <summary>No control group without processes. Those of other builds on this machine have some, or go in a moment.</summary>
    public static Task NoControlGroupAsync(CancellationToken cancel)
    {
        var groups = File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')).Where(f => f[2] == "cgroup2")
            .SelectMany(f => Directory.GetDirectories(f[1], "imagebuilder-*"));
        return GoneAsync(groups, group => Read(Path.Combine(group, "cgroup.events")).Contains("populated 1", StringComparison.Ordinal), cancel);
    }

    /// <summary>No work folder of a cache that no process holds. Builds of other tests that share the cache hold theirs, or sweep them at their end.</summary>
    public static Task NoWorkAsync(string cache, CancellationToken cancel) => GoneAsync(Directory.GetDirectories(Path.Combine(cache, "work")), folder =>
    {
        if (!File.Exists(folder + ".lock")) return false;
        using var held = FileLock.Try(folder + ".lock");
        return held is null;
    }, cancel);

    private static async Task GoneAsync(IEnumerable<string> folders, Func<string, bool> used, CancellationToken cancel)
    {
        var left = folders.ToList();
        for (var tries = 0; tries < 300 && left.Count > 0; tries++)
        {
            left.RemoveAll(folder => used(folder) || !Directory.Exists(folder));
            await Task.Delay(100, cancel);
        }

        Assert.Empty(left);
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // gone
        }
    }

    public static Task SignalAsync(IRunningProgram program, string signal, CancellationToken cancel) => new ProgramRunner().RunAsync(
        new Command("kill", $"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture)), cancel);

    /// <summary>Ctrl-C in a terminal reaches every process of the foreground group. The program must have been started by <c>setsid</c>.</summary>
    public static Task SignalGroupAsync(IRunningProgram program, string signal, CancellationToken cancel) => new ProgramRunner().RunAsync(
        new Command("kill", $"-{signal}", "--", string.Create(CultureInfo.InvariantCulture, $"-{program.Id}")), cancel);

    /// <summary>A process and all below it.</summary>
    public static IReadOnlyList<ProcessFound> Tree(int id)
    {
        var all = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Select(Found!).OfType<ProcessFound>().ToList(); // folders have names
        var tree = all.Where(p => p.Id == id).ToList();
        for (var i = 0; i < tree.Count; i++) tree.AddRange(all.Where(p => p.Parent == tree[i].Id));
        return tree;
    }

    /// <summary>Waits until a process below this one has the text in its command line, and finds the whole tree.</summary>
    public static async Task<IReadOnlyList<ProcessFound>> TreeWithAsync(int id, string text, CancellationToken cancel)
    {
        while (true)
        {
            var tree = Tree(id);
            Assert.NotEmpty(tree); // it still runs
            // The supervisor has the scripts of others in its own command line.
            if (tree.Any(p => p.Command.Contains(text, StringComparison.Ordinal) && !p.Command.Contains('\n'))) return tree;
            await Task.Delay(20, cancel);
        }
    }

    /// <summary>Waits until none of these processes is there any more.</summary>
    public static async Task GoneAsync(IReadOnlyList<ProcessFound> processes, CancellationToken cancel)
    {
        IEnumerable<ProcessFound> left() => processes.Where(p => Found(p.Id.ToString(CultureInfo.InvariantCulture)) is { } now && now.Started == p.Started);
        for (var tries = 0; tries < 100 && left().Any(); tries++) await Task.Delay(100, cancel);
        Assert.Empty(left());
    }

    private static ProcessFound? Found(string id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            // The name stands in parentheses and may hold anything.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : new ProcessFound(int.Parse(id, CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture),
                fields[19], File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' '));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no process, or one that has just ended
        }
    }

    private static IEnumerable<string> Processes()
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            string text;
            try
            {
                text = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return text;
        }
    }
}

/// <summary>A process, with what tells it from a later one of the same id.</summary>
internal sealed record ProcessFound(int Id, int Parent, string Started, string Command);
