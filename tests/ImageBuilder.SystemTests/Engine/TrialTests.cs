using System.Text.Json;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>One component by itself, through the command line, on a real parent image.</summary>
public sealed class TrialTests(OrdinaryUser user)
{
    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Build_steps_run_in_a_root_and_the_others_in_the_system_that_it_boots_to()
    {
        using var repository = Tried("test ! -d /run/systemd/system && echo 'built here' >/etc/built", "--keep");
        repository.AddPhase("validate", ("See", "cat /etc/built; systemctl is-system-running --wait; echo seen >/etc/seen"));
        repository.AddPhase("test", ("Try", "cat /etc/seen; exit 4"));

        var result = await repository.RunAsync("Component", Cancel);

        Assert.True(result.ExitCode == (int)ExitCode.TestFailed, result.Output + result.Error);
        foreach (var line in (string[])["      built here", "      running", "      seen"]) Assert.Contains(line, result.Output.Split('\n'));
        using var summary = JsonDocument.Parse(result.Output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(("failed", 3), (summary.RootElement.GetProperty("status").GetString(), summary.RootElement.GetProperty("executedStepCount").GetInt32()));
        Assert.Equal(["application.log", "chaining.json", "console.log", "detailedoutput.json", "document.yaml"],
            Directory.GetFiles(summary.RootElement.GetProperty("logUrl").GetString()!).Select(Path.GetFileName).Order(StringComparer.Ordinal)); // it has one
        await NothingStaysAsync(repository);

        // What building changed can be looked into, and is gone when it shall be; what validating changed went with its container.
        var shell = result.Output.Split('\n').Single(l => l.Contains("a shell in it: bash ", StringComparison.Ordinal)).Split("bash ")[1];
        var inside = await s_programs.RunAsync(new Command("bash", shell, "sh", "-c", "cat /etc/built; test ! -e /etc/seen; id -u"), Cancel);
        Assert.Equal((0, "built here\n0\n"), (inside.ExitCode, inside.Output));
        Assert.Equal(0, (await s_programs.RunAsync(new Command("bash", shell, "--remove"), Cancel)).ExitCode);
        Assert.False(Directory.Exists(Path.GetDirectoryName(shell)));
        Traces.NoMount();
    }

    [Fact]
    public async Task A_step_that_hangs_is_ended_and_the_component_fails()
    {
        using var repository = Tried("sleep 4731 & sleep 4731", keys: "timeoutSeconds: 2");

        var result = await repository.RunAsync("Component", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains("timeoutSeconds of 2", result.Error, StringComparison.Ordinal);
        await Traces.NoProcessAsync("sleep 4731", Cancel);
        await NothingStaysAsync(repository);
    }

    [Theory]
    [InlineData("INT", "It")]
    [InlineData("INT", "See")]
    [InlineData("KILL", "See")]
    public async Task Stopped_in_a_step_nothing_stays(string signal, string step)
    {
        using var repository = Tried(step == "It" ? "echo in It; sleep 4732" : "true");
        repository.AddPhase("validate", ("See", "echo in See; sleep 4732"));
        await using var program = await repository.StartAsync("Component", $"in {step}", Cancel);

        await Traces.SignalAsync(program, signal, Cancel);
        var exit = await program.WaitAsync(Cancel);

        Assert.Equal(signal == "KILL" ? 137 : (int)ExitCode.Stopped, exit);
        await Traces.NoProcessAsync("sleep 4732", Cancel);
        Traces.NoMount();
        if (signal == "KILL") return; // what a killed run leaves in the cache, the next one removes
        await NothingStaysAsync(repository);
        Assert.NotEmpty(Directory.GetFiles(repository.Artifacts, "detailedoutput.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_ordinary_user_tries_components_too()
    {
        using var repository = Tried("useradd somebody; chown somebody /etc/motd; stat -c %U /etc/motd");
        await user.TakeAsync(repository, Cancel);

        var result = await repository.RunAsync("Component", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains("      somebody", result.Output.Split('\n'));
        await NothingStaysAsync(repository);
    }

    [Fact]
    public async Task Builds_of_images_leave_the_same_logs_for_each_component_also_of_steps_that_were_reused()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo said");
        Assert.Equal(0, (await repository.RunAsync("Customize", Cancel)).ExitCode);
        var first = Directory.GetDirectories(Path.Combine(repository.Image, "logs"), "TOE_*").Single();
        Assert.Equal("said\n", await File.ReadAllTextAsync(Path.Combine(first, "console.log"), Cancel));

        repository.AddPhase("validate", ("See", "echo seen"));
        Assert.Equal(0, (await repository.RunAsync("Customize", Cancel)).ExitCode);

        var second = Directory.GetDirectories(Path.Combine(repository.Image, "logs"), "TOE_*").Single();
        Assert.NotEqual(first, second);
        Assert.Equal("seen\n", await File.ReadAllTextAsync(Path.Combine(second, "console.log"), Cancel));
        using var detailed = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(second, "detailedoutput.json"), Cancel));
        var phases = detailed.RootElement.GetProperty("documents")[0].GetProperty("phases");
        Assert.Equal(["build", "validate"], phases.EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal("[{\"stdout\":\"said\"}]", phases[0].GetProperty("steps")[0].GetProperty("outputs").GetString());
    }

    private static TestRepository Tried(string script, string switches = "", string keys = "")
    {
        var repository = new TestRepository(script, keys);
        var more = switches.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        repository.Switches = [$"--document={repository.Folder}/components/faulty/1.0.0", "--recipe=faulty", "--no-report", .. more];
        return repository;
    }

    private static async Task NothingStaysAsync(TestRepository repository)
    {
        Traces.NoMount();
        await Traces.NoControlGroupAsync(Cancel);
        await Traces.NoProcessAsync(repository.Folder, Cancel);
        await Traces.NoWorkAsync(repository.Cache, Cancel);
    }
}
