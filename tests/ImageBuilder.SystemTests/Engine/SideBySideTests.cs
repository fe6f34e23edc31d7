using System.Text.Json;
using ImageBuilder.Problems;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>Several recipes at work at the same time, and recipes that start from other recipes' images.</summary>
public sealed class SideBySideTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_recipes_have_in_common_is_built_once()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}sleep 2; echo shared >/shared") { Switches = ["--jobs=3"] };
        foreach (var name in (string[])["second", "third"])
        {
            repository.AddComponent(name, $"{TestBuild.Unique}test -e /shared; echo {name} >/{name}");
            repository.AddRecipe(name, "debian:12", "faulty", name);
        }

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var shared = ((string[])["faulty", "second", "third"]).Select(recipe => Assert.Single(Steps(repository, recipe), s => s.Id == "faulty/build/It")).ToList();
        Assert.Equal(1, shared.Count(s => !s.Reused));
        foreach (var name in (string[])["second", "third"]) Assert.False(Assert.Single(Steps(repository, name), s => s.Id == $"{name}/build/Own").Reused);
    }

    [Fact]
    public async Task A_child_continues_its_parent_and_is_sealed_by_itself()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo one >/from-parent; echo built >/etc/machine-id");
        repository.AddComponent("own", "set -e\ntest -s /from-parent\ntest -s /etc/machine-id\ngrep -q 'no services' /usr/sbin/policy-rc.d\ncp /from-parent /child");
        repository.AddRecipe("child", "recipe:faulty@1.x.x", "own");
        repository.Switches = ["--recipe=child"];

        var result = await repository.RunAsync("Disk", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains("faulty 1.0.0: customized, for child", result.Output, StringComparison.Ordinal);
        Assert.Equal(["faulty/build/It"], Ran(repository, "faulty"));
        Assert.Equal(["own/build/Own"], Ran(repository, "child"));
        var root = Sealed(repository, "child");
        Assert.Equal("child\n", await File.ReadAllTextAsync(Path.Combine(root, "etc/hostname"), Cancel));
        Assert.Equal(0, new FileInfo(Path.Combine(root, "etc/machine-id")).Length);

        // A recipe with the components of both has its layers.
        repository.AddRecipe("flat", "debian:12", "faulty", "own");
        repository.Switches = ["--recipe=flat"];
        result = await repository.RunAsync("Customize", Cancel);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Empty(Ran(repository, "flat"));

        // An edit in the parent; each stage in a process of its own, which the parent has no part in.
        repository.Replace("echo one", "echo two");
        repository.Switches = ["--recipe=child", "--exclusive"];
        foreach (var stage in (string[])["Plan", "Base", "Customize"])
        {
            result = await repository.RunAsync(stage, Cancel);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
        }

        Assert.Equal(["own/build/Own", "faulty/build/It", "own/build/Own"], Ran(repository, "child"));
    }

    [Fact]
    public async Task Stopped_with_several_at_work_nothing_is_left()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo at work\nsleep 600") { Within = ["setsid"], Switches = ["--jobs=2"] };
        repository.AddComponent("other", $"{TestBuild.Unique}echo at work\nsleep 600");
        repository.AddRecipe("other", "debian:12", "other");
        foreach (var signal in (string[])["TERM", "INT", "KILL"])
        {
            if (Directory.Exists(repository.Artifacts)) Directory.Delete(repository.Artifacts, recursive: true);
            await using var program = await repository.StartAsync("Image", () => AreAtWork(repository, "faulty", "other"), Cancel);
            var tree = Traces.Tree(program.Id);

            await (signal == "INT" ? Traces.SignalGroupAsync(program, signal, Cancel) : Traces.SignalAsync(program, signal, Cancel));

            Assert.Equal(signal == "KILL" ? 137 : (int)ExitCode.Stopped, await program.WaitAsync(Cancel));
            await Traces.GoneAsync(tree, Cancel);
            Traces.NoMount();
        }
    }

    private static bool AreAtWork(TestRepository repository, params string[] recipes) => recipes.All(recipe =>
        Path.Combine(repository.Artifacts, recipe, "1.0.0/logs") is var logs && Directory.Exists(logs)
        && Directory.EnumerateFiles(logs, "*.log").Any(log => File.ReadAllText(log).Contains("at work", StringComparison.Ordinal)));

    private static List<string> Ran(TestRepository repository, string recipe) =>
        [.. Steps(repository, recipe).Where(s => !s.Reused && s.Id.Contains("/build/", StringComparison.Ordinal)).Select(s => s.Id)];

    // All runs'.
    private static List<(string Id, bool Reused)> Steps(TestRepository repository, string recipe) =>
    [
        .. File.ReadLines(Path.Combine(repository.Artifacts, recipe, "1.0.0/events.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event"))
            .Where(e => e.GetProperty("kind").GetString() == "stepFinished" && e.GetProperty("stage").GetString() == "Customize")
            .Select(e => (e.GetProperty("id").GetString()!, e.GetProperty("reused").GetBoolean())), // steps have ids
    ];

    private static string Sealed(TestRepository repository, string recipe)
    {
        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(repository.Artifacts, recipe, "1.0.0/customize.json")));
        return Path.Combine(repository.Cache, "layers", record.RootElement.GetProperty("key").GetString()!, "root"); // a record has it
    }
}
