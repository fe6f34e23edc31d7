using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>What is done again on demand, and that nothing which was done again is called reused, through the command line.</summary>
public sealed partial class AgainTests
{
    private const string Cached = "cached";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_a_step_on_steps_run_again_and_those_before_are_reused()
    {
        using var repository = Steps();
        Assert.Equal([("It", false), ("Second", false), ("Third", false), ("See", false)], await RunAsync(repository));
        Assert.Equal([("It", true), ("Second", true), ("Third", true), ("See", true)], await RunAsync(repository, recordLost: true));

        Assert.Equal([("It", true), ("Second", false), ("Third", false), ("See", false)], await RunAsync(repository, "--from-step=Second"));
        Assert.Equal([("It", true), ("Second", true), ("Third", true), ("See", true)], await RunAsync(repository, recordLost: true));
        Assert.Equal([("It", true), ("Second", true), ("Third", true), ("See", false)], await RunAsync(repository, "--from-step=validate/See"));
        Assert.Equal([("It", false), ("Second", false), ("Third", false), ("See", false)], await RunAsync(repository, "--from-step=It"));
    }

    [Fact]
    public async Task A_build_from_a_step_that_failed_goes_on_where_it_failed()
    {
        using var repository = Steps();
        Assert.Equal([("It", false), ("Second", false), ("Third", false), ("See", false)], await RunAsync(repository));

        repository.Replace("echo third", "exit 3");
        repository.Switches = ["--no-report", "--from-step=Second"];
        var failed = await repository.RunAsync("Customize", Cancel);
        Assert.Equal((int)ExitCode.BuildFailed, failed.ExitCode);
        repository.Replace("exit 3", "echo third");

        // The second step's new layer holds what the old one did, so that the third one's still stands on it.
        Assert.Equal([("It", true), ("Second", true), ("Third", true), ("See", true)], await RunAsync(repository, recordLost: true));
    }

    [Fact]
    public async Task Without_the_cache_or_after_the_repositories_changed_everything_is_made_again_and_kept()
    {
        using var repository = Steps();
        repository.Cache = Path.Combine(repository.Folder, "cache");
        Seed(repository.Cache);
        await RunAsync(repository);
        var before = Layers(repository.Cache);

        Assert.Equal([("It", false), ("Second", false), ("Third", false), ("See", false)], await RunAsync(repository, "--no-cache"));
        var after = Layers(repository.Cache);

        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before, layer => Assert.NotEqual(layer.Value, after[layer.Key]));
        Assert.Equal([("It", true), ("Second", true), ("Third", true), ("See", true)], await RunAsync(repository, recordLost: true));

        // The repositories have not changed within a minute, or the parent image follows them.
        repository.Switches = ["--no-report", "--refresh"];
        var refreshed = await repository.RunAsync("Customize", Cancel);
        Assert.True(refreshed.ExitCode == 0, refreshed.Output + refreshed.Error);
        Assert.Equal(refreshed.Output.Contains("mirror unchanged", StringComparison.Ordinal), Layers(repository.Cache).All(l => after[l.Key] == l.Value));
        await Traces.NoWorkAsync(repository.Cache, Cancel);

        // The parent image is made again, and what was built on it stands as long as it comes out the same.
        before = Layers(repository.Cache);
        var parent = before.Keys.Single(key => Age(Path.Combine(repository.Cache, "layers", key, "layer.json")));
        refreshed = await repository.RunAsync("Customize", Cancel);
        Assert.True(refreshed.ExitCode == 0, refreshed.Output + refreshed.Error);
        Assert.Equal([parent], Layers(repository.Cache).Except(before).Select(l => l.Key));
    }

    // A parent image as if it had been made some days ago. The record's last value is its own digest.
    private static bool Age(string record)
    {
        var text = File.ReadAllText(record);
        if (!Repositories().IsMatch(text)) return false;
        var sum = text[^67..^3];
        text = Repositories().Replace(text, "${0}0").Replace(sum, new string('0', 64), StringComparison.Ordinal);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        File.WriteAllText(record, text[..^67] + digest + text[^3..]);
        return true;
    }

    // The first of them, whichever suites this machine has, up to the digest of its state.
    [GeneratedRegex("\"repositories\": \"[a-z-]+ ")]
    private static partial Regex Repositories();

    private static TestRepository Steps()
    {
        var repository = new TestRepository($"{TestBuild.Unique}echo first >/etc/first");
        repository.AddSteps(("Second", "cat /etc/first >/etc/second"), ("Third", "cat /etc/second; echo third"));
        repository.AddPhase("validate", ("See", "test -e /etc/second"));
        return repository;
    }

    // Each step with whether it was reused.
    private static async Task<IEnumerable<(string, bool)>> RunAsync(TestRepository repository, string more = "", bool recordLost = false)
    {
        repository.Switches = ["--no-report", .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (recordLost) File.Delete(Path.Combine(repository.Image, "customize.json"));
        var result = await repository.RunAsync("Customize", Cancel);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return [.. result.Output.Split('\n').Where(l => l.Contains("faulty/build/", StringComparison.Ordinal) || l.Contains("faulty/validate/", StringComparison.Ordinal))
            .Select(l => (l.Trim().Split(' ')[0].Split('/')[^1], l.Contains(Cached, StringComparison.Ordinal)))];
    }

    // Packages that were downloaded before need not be again.
    private static void Seed(string cache)
    {
        var packages = Path.Combine(TestBuild.Cache, "packages");
        Directory.CreateDirectory(cache);
        if (!Directory.Exists(packages)) return;
        new ProgramRunner().RunAsync(new Command("cp", "-r", packages, cache), Cancel).GetAwaiter().GetResult().OrThrow("The packages could not be copied.");
    }

    // Keys with the time at which they were made.
    private static Dictionary<string, string> Layers(string cache) => Directory.GetDirectories(Path.Combine(cache, "layers")).ToDictionary(
        folder => Path.GetFileName(folder),
        folder => File.ReadLines(Path.Combine(folder, "layer.json")).Single(l => l.Contains("\"created\"", StringComparison.Ordinal)));
}
