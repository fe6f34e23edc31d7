using System.Text.Json;
using ImageBuilder.Layers;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>Many processes build on one store while it is cleaned: every distinct step runs once, and all come to an end.</summary>
public sealed class CrowdTests
{
    private const int Variants = 5;
    private const string Old = "of-two-hours-ago";

    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_processes_build_on_one_store_while_it_is_cleaned()
    {
        var (processes, builds) = (TortureScale.Of(16, 4), TortureScale.Of(10, 2));
        var random = TortureScale.Numbers();
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var folders = Enumerable.Range(0, processes).Select(i => tiny.Build.Folder + $".{i}").ToList();
        try
        {
            var seeds = folders.Select(_ => random.Next()).ToList();
            var cleaning = CleanAsync(tiny, stop);
            await Task.WhenAll(folders.Zip(seeds).Select(f => BuildAsync(tiny, f.First, builds, new Random(f.Second)))).WaitAsync(TimeSpan.FromMinutes(20), Cancel);
            await stop.CancelAsync();
            Assert.True(await cleaning > 0);

            var made = folders.SelectMany(Made).ToList();
            Assert.NotEmpty(made);
            Assert.Equal(made.Distinct().Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
            Assert.Equal(0, (await tiny.Build.RunAsync("Clean", Cancel)).ExitCode);
            await tiny.NothingIsLeftAsync(Cancel);
        }
        finally
        {
            foreach (var folder in folders.Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Long_chains_of_layers_are_built_and_reused()
    {
        var steps = TortureScale.Of(220, 60);
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        tiny.Write(Enumerable.Range(0, steps).Select(i => ($"Step{i}", $"echo {i} >>/etc/count; test $(wc -l </etc/count) = {i + 1}")));

        var first = await tiny.Build.RunAsync("Customize", Cancel);
        Directory.Delete(tiny.Build.Artifacts, recursive: true);
        var second = await tiny.Build.RunAsync("Customize", Cancel);

        Assert.True(first.ExitCode == 0, first.Output + first.Error);
        Assert.True(second.ExitCode == 0, second.Output + second.Error);
        Assert.Equal(steps + 2, Directory.GetDirectories(Path.Combine(tiny.Cache, "layers")).Length);
        Assert.Empty(tiny.Started());
    }

    // Each build is of one of a few variants, which have their first steps in common.
    private static async Task BuildAsync(TinyRepository tiny, string folder, int builds, Random random)
    {
        await TinyRepository.BashAsync("""cp -r "$1/recipes" "$1/components" "$(mkdir -p "$2" && echo "$2")" """, [tiny.Build.Folder, folder], Cancel);
        var document = Path.Combine(folder, "components/faulty/1.0.0/component.yml");
        for (var i = 0; i < builds; i++)
        {
            await File.WriteAllTextAsync(document, Variant(await File.ReadAllTextAsync(Path.Combine(tiny.Build.Folder, "components/faulty/1.0.0/component.yml"), Cancel),
                random.Next(Variants)), Cancel);
            var command = tiny.Build.Command("Customize");
            List<string> words = [.. command.Arguments.Select(a => a == $"--working={tiny.Build.Folder}" ? $"--working={folder}" : a)];
            var result = await s_programs.RunAsync(command with { Arguments = words }, Cancel);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
        }
    }

    private static string Variant(string document, int variant) => document
        .Replace("name: Three", $"name: Three{variant % 2}", StringComparison.Ordinal).Replace("said Three", $"said Three{variant % 2}", StringComparison.Ordinal)
        .Replace("name: Four", $"name: Four{variant}", StringComparison.Ordinal).Replace("said Four", $"said Four{variant}", StringComparison.Ordinal);

    // What is old goes: each time there is a layer that was used two hours ago.
    private static async Task<int> CleanAsync(TinyRepository tiny, CancellationTokenSource stop)
    {
        var times = 0;
        for (; !stop.IsCancellationRequested; times++)
        {
            using (var store = await tiny.OpenStoreAsync(Cancel))
            {
                using var work = store.Begin();
                await File.WriteAllTextAsync(Path.Combine(work.Root, "file"), "old", Cancel);
                await store.CommitAsync(work, LayerChain.Empty, new NewLayer(Old, "old", 1, 1), Cancel);
            }

            var folder = Path.Combine(tiny.Cache, "layers", Old);
            File.SetLastWriteTimeUtc(Path.Combine(folder, "use"), DateTime.UtcNow.AddHours(-2));
            var command = tiny.Build.Command("Clean");
            var result = await s_programs.RunAsync(command with { Arguments = [.. command.Arguments, "--older-than=1h", "--max-size=100GiB"] }, Cancel);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
            Assert.False(Directory.Exists(folder));
        }

        return times;
    }

    // Names of the steps that ran in this folder; variants have other names.
    private static IEnumerable<string> Made(string folder)
    {
        foreach (var line in File.ReadLines(Path.Combine(folder, "artifacts/faulty/1.0.0/events.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var happened = json.RootElement.GetProperty("event");
            if (happened.GetProperty("kind").GetString() != "stepFinished" || happened.GetProperty("reused").GetBoolean()) continue;
            var id = happened.GetProperty("id").GetString()!; // steps have ids
            if (id.StartsWith("faulty/", StringComparison.Ordinal)) yield return id;
        }
    }
}
