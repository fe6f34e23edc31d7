using System.Diagnostics;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>
/// A build is killed and the same command run again: it completes with the bytes of a build that nobody disturbed, repeats at most the step that
/// was running, and leaves nothing.
/// </summary>
public sealed class KillTests
{
    private static readonly ProgramRunner s_programs = new();

    // What stages leave before the first layer and after the last one.
    private static readonly string[] s_before = ["plan.json", "base.json"];
    private static readonly string[] s_after = ["customize.json", "disk.raw", "disk.json"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_any_instant()
    {
        var random = TortureScale.Numbers();
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        var (digest, duration) = await UndisturbedAsync(tiny);
        for (var i = 0; i < TortureScale.Of(220, 8); i++)
        {
            await tiny.ForgetAsync(Cancel);
            var instant = duration * random.NextDouble();
            await using (var program = s_programs.Start(tiny.Build.Command("Disk")))
            {
                var output = new StreamReader(program.Output).ReadToEndAsync(Cancel);
                await Task.Delay(instant, Cancel);
                await Traces.SignalAsync(program, "KILL", Cancel);
                await program.WaitAsync(Cancel);
            }

            await CompletesAsync(tiny, digest, $"killed after {instant.TotalMilliseconds:0} ms {TortureScale.Again}");
        }

        await LeavesNothingAsync(tiny);
    }

    [Fact]
    public async Task Killed_as_soon_as_each_file_of_the_result_has_appeared()
    {
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        var (digest, _) = await UndisturbedAsync(tiny);
        var changes = Changes(tiny);
        for (var i = 0; i < changes.Count; i += TortureScale.Of(1, 3))
        {
            await tiny.ForgetAsync(Cancel);
            await using (var program = s_programs.Start(tiny.Build.Command("Disk")))
            {
                var output = new StreamReader(program.Output).ReadToEndAsync(Cancel);
                while (!changes[i].Happened() && !output.IsCompleted) await Task.Delay(1, Cancel);
                await Traces.SignalAsync(program, "KILL", Cancel);
                await program.WaitAsync(Cancel);
            }

            await CompletesAsync(tiny, digest, $"killed when {changes[i].Name} had appeared");
        }

        await LeavesNothingAsync(tiny);
    }

    // Each appears by one rename: a layer for each step and one for the seal, and what stages hand over.
    private static List<(string Name, Func<bool> Happened)> Changes(TinyRepository tiny) =>
    [
        .. s_before.Select(name => (name, Exists(tiny, name))),
        .. Enumerable.Range(2, TinyRepository.Steps.Count + 1).Select(n => ($"layer {n}", (Func<bool>)(() => Layers(tiny) >= n))),
        .. s_after.Select(name => (name, Exists(tiny, name))),
    ];

    private static Func<bool> Exists(TinyRepository tiny, string name) => () => File.Exists(Path.Combine(tiny.Build.Image, name));

    private static int Layers(TinyRepository tiny) => Directory.GetDirectories(Path.Combine(tiny.Cache, "layers")).Length;

    private static async Task<(string Digest, TimeSpan Duration)> UndisturbedAsync(TinyRepository tiny)
    {
        var clock = Stopwatch.StartNew();
        var result = await tiny.Build.RunAsync("Disk", Cancel);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return (await DigestAsync(tiny), clock.Elapsed);
    }

    private static async Task CompletesAsync(TinyRepository tiny, string digest, string how)
    {
        Traces.NoMount();
        var result = await tiny.Build.RunAsync("Disk", Cancel);
        Assert.True(result.ExitCode == 0, $"{how}\n{result.Output}{result.Error}");
        Assert.True(await DigestAsync(tiny) == digest, $"{how}: other bytes");
        // One step was running when it was killed, if any was.
        var repeated = tiny.Started().Where(s => TinyRepository.Steps.Contains(s.Key)).Sum(s => s.Value - 1);
        Assert.True(repeated <= 1, $"{how}: {string.Join(", ", tiny.Started())}");
    }

    private static async Task LeavesNothingAsync(TinyRepository tiny)
    {
        var cleaned = await tiny.Build.RunAsync("Clean", Cancel);
        Assert.True(cleaned.ExitCode == (int)ExitCode.Done, cleaned.Output + cleaned.Error);
        await tiny.NothingIsLeftAsync(Cancel);
        Assert.Empty(Directory.Exists(tiny.Build.Artifacts) ? Directory.EnumerateFiles(tiny.Build.Artifacts, "*", SearchOption.AllDirectories) : []);
    }

    private static async Task<string> DigestAsync(TinyRepository tiny) =>
        (await s_programs.RunAsync(new Command("sha256sum", Path.Combine(tiny.Build.Image, "disk.raw")), Cancel)).Output[..64];
}
