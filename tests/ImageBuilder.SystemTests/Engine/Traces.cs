using System.Globalization;
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

    public static void NoMount() => Assert.DoesNotContain(File.ReadLines("/proc/self/mounts"), l => l.Contains("imagebuilder", StringComparison.Ordinal));

    public static void NoControlGroup() => Assert.DoesNotContain(
        File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')).Where(f => f[2] == "cgroup2").SelectMany(f => Directory.GetDirectories(f[1])),
        folder => Path.GetFileName(folder).StartsWith("imagebuilder-", StringComparison.Ordinal));

    public static Task SignalAsync(IRunningProgram program, string signal, CancellationToken cancel) => new ProgramRunner().RunAsync(
        new Command("kill", $"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture)), cancel);

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
