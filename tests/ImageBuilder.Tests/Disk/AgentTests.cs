using System.Diagnostics;
using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Disk;

public sealed class AgentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_script_returns_its_exit_code_lines_and_outputs()
    {
        var (run, lines) = await RunAsync("""
            echo "out $IMAGEBUILDER_OUTPUTS" | sed 's|/.*/|…/|'; echo grüße >&2; printf 'no end'
            printf 'two\nlines' >"$IMAGEBUILDER_OUTPUTS/0.stdout"; echo -n 7 >"$IMAGEBUILDER_OUTPUTS/2.size.x"; touch "$IMAGEBUILDER_OUTPUTS/stray"
            exit 3
            """);
        Assert.Equal(["out …/outputs", "grüße", "no end"], lines);
        Assert.Equal(3, run.ExitCode);
        Assert.False(run.TimedOut);
        Assert.Equal("out …/outputs\ngrüße\nno end", run.Tail);
        Assert.Collection(run.Outputs,
            first => Assert.Equal([new("stdout", "two\nlines")], first),
            Assert.Empty,
            third => Assert.Equal([new("size.x", "7")], third));
    }

    [Fact]
    public async Task A_script_sees_the_promised_environment_and_nothing_else()
    {
        var (_, lines) = await RunAsync("env -u IMAGEBUILDER_FILES -u IMAGEBUILDER_OUTPUTS -u _ -u SHLVL | sort; pwd; cat; umask");
        Assert.Equal(["DEBIAN_FRONTEND=noninteractive", "HOME=/root", "LC_ALL=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PWD=/", "SOURCE_DATE_EPOCH=1234", "/", "0022"], lines);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(AgentSettings.PipeChunk)]
    public async Task Files_arrive_byte_for_byte_with_their_modes(int chunk)
    {
        await using var agent = new AgentProcess();
        var content = RandomNumberGenerator.GetBytes(10_000);
        await File.WriteAllBytesAsync(Path.Combine(agent.Folder, "source"), content, Cancel);
        var step = AgentProcess.Step(60, new StepFile("a b/ü.sh", "source", "", 0b111_101_000), new StepFile("empty", "source", "", 0b110_000_000));
        await File.WriteAllBytesAsync(Path.Combine(agent.Folder, "source"), content, Cancel);
        await using var session = await agent.ConnectAsync(Cancel, chunk);
        var lines = new List<string>();
        const string script = """cd "$IMAGEBUILDER_FILES"; stat -c '%a %n' 'a b/ü.sh' empty; sha256sum <'a b/ü.sh'""";
        await session.RunAsync(step, script, lines.Add, Cancel);
        Assert.Equal(["750 a b/ü.sh", "600 empty", Convert.ToHexStringLower(SHA256.HashData(content)) + "  -"], lines);
        await session.RunAsync(AgentProcess.Step(), "ls -A \"$IMAGEBUILDER_FILES\"; echo .", lines.Add, Cancel);
        Assert.Equal(".", lines[^1]);
        Assert.Equal(4, lines.Count);
    }

    [Fact]
    public async Task Lines_come_while_the_script_runs()
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        var first = new TaskCompletionSource();
        var gate = Path.Combine(agent.Folder, "gate");
        var run = session.RunAsync(AgentProcess.Step(), $"echo early; until [[ -e {gate} ]]; do sleep 0.05; done", _ => first.TrySetResult(), Cancel);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.False(run.IsCompleted);
        await File.WriteAllTextAsync(gate, "", Cancel);
        Assert.Equal(0, (await run).ExitCode);
    }

    [Fact]
    public async Task A_script_past_its_time_limit_is_ended_with_all_it_started_and_the_session_goes_on()
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        var lines = new List<string>();
        var run = await session.RunAsync(AgentProcess.Step(timeout: 1), "sleep 300 & echo $!; echo waiting; sleep 300", lines.Add, Cancel);
        Assert.True(run.TimedOut);
        Assert.Equal("waiting", lines[^1]);
        Assert.True(run.Duration < TimeSpan.FromSeconds(20), $"{run.Duration}");
        Assert.False(Lives(lines[0]));
        Assert.Equal(0, (await session.RunAsync(AgentProcess.Step(), "true", lines.Add, Cancel)).ExitCode);
    }

    [Fact]
    public async Task A_background_process_neither_delays_the_end_nor_survives_it()
    {
        var watch = Stopwatch.StartNew();
        var (run, lines) = await RunAsync("sleep 300 & echo $!");
        Assert.Equal(0, run.ExitCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        Assert.False(Lives(Assert.Single(lines)));
    }

    [Fact]
    public async Task Much_output_arrives_complete()
    {
        var (run, lines) = await RunAsync("seq 1 300000");
        Assert.Equal(300_000, lines.Count);
        Assert.Equal("300000", lines[^1]);
        Assert.Equal(20, run.Tail.Split('\n').Length);
    }

    [Fact]
    public async Task Output_without_line_ends_is_handed_on_in_pieces()
    {
        var (_, lines) = await RunAsync("head -c 40000 /dev/zero | tr '\\0' x");
        Assert.Equal(40_000, lines.Sum(l => l.Length));
        Assert.All(lines, l => Assert.True(l.Length <= 16384));
    }

    [Fact]
    public async Task A_restart_ends_with_a_new_greeting_and_later_steps_run()
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        await session.RebootAsync(_ => { }, Cancel);
        Assert.Equal(4, (await session.RunAsync(AgentProcess.Step(), "exit 4", _ => { }, Cancel)).ExitCode);
    }

    [Fact]
    public async Task A_restart_that_gets_stuck_is_the_sessions_end()
    {
        await using var agent = new AgentProcess { Settings = s => s with { Watch = (_, _) => Task.FromResult<string?>("Kernel panic") } };
        await using var session = await agent.ConnectAsync(Cancel);
        var lost = await Assert.ThrowsAsync<ProblemException>(() => session.RebootAsync(_ => { }, Cancel));
        Assert.Contains("Kernel panic", lost.Problems[0].Why, StringComparison.Ordinal);
        Assert.True(session.Lost);
    }

    [Fact]
    public async Task A_restart_in_the_middle_of_a_step_is_told_as_the_steps_failure()
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        var script = $"echo on its way; PATH={agent.Folder}/bin:$PATH; systemctl reboot";
        var run = await session.RunAsync(AgentProcess.Step(), script, _ => { }, Cancel);
        Assert.Equal(-1, run.ExitCode);
        Assert.Contains("194", run.Tail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_returns_at_once()
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        using var stop = new CancellationTokenSource();
        var run = session.RunAsync(AgentProcess.Step(), "echo on; sleep 300", _ => stop.Cancel(), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    private static async Task<(ScriptRun Run, List<string> Lines)> RunAsync(string script)
    {
        await using var agent = new AgentProcess();
        await using var session = await agent.ConnectAsync(Cancel);
        var lines = new List<string>();
        var run = await session.RunAsync(AgentProcess.Step(), script, lines.Add, Cancel);
        return (run, lines);
    }

    private static bool Lives(string process) => File.Exists($"/proc/{process}/stat") && File.ReadAllText($"/proc/{process}/stat").Split(' ')[2] != "Z";
}
