using System.Diagnostics;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;

namespace ImageBuilder.SystemTests.Engine;

public sealed class SandboxTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(ScriptRun Run, List<string> Output)> RunAsync(string script, int timeoutSeconds = 60)
    {
        var build = new TestBuild();
        var chain = await build.ParentAsync(Cancel);
        var sandbox = await Sandbox.ForAsync(build.Run, Cancel);
        await using var session = sandbox.Open(chain, chain.Top!.Layer.Epoch);
        var output = new List<string>();
        var run = await session.RunAsync(TestBuild.Step("it", script) with { TimeoutSeconds = timeoutSeconds }, script, output.Add, Cancel);
        return (run, output);
    }

    [Fact]
    public async Task A_script_sees_the_promised_environment_and_nothing_else()
    {
        var (run, output) = await RunAsync("env | cut -d= -f1 | sort | tr '\\n' ' '; pwd; id -u; hostname; umask");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["DEBIAN_FRONTEND HOME IMAGEBUILDER_FILES IMAGEBUILDER_OUTPUTS LC_ALL PATH PWD SHLVL SOURCE_DATE_EPOCH _ /", "0", "localhost", "0022"],
            output);
    }

    [Fact]
    public async Task Nothing_of_the_host_is_mounted_or_can_be_changed()
    {
        var (run, output) = await RunAsync("""
            awk '{ print $2 }' /proc/mounts | sort
            for file in /proc/sys/vm/swappiness /proc/sys/kernel/hostname /sys/x; do echo 1 2>/dev/null >$file && echo "written $file"; done
            systemctl start nothing.service && systemctl daemon-reload && echo ignored
            ls /run; ls /run/imagebuilder
            """);

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain(output, line => line.Contains("written", StringComparison.Ordinal) || line.Contains("/host", StringComparison.Ordinal));
        Assert.Contains("ignored", output);
    }

    [Fact]
    public async Task Outputs_are_handed_back()
    {
        var (run, _) = await RunAsync("printf 'a b\\n' >$IMAGEBUILDER_OUTPUTS/0.stdout; printf x >$IMAGEBUILDER_OUTPUTS/1.other; exit 3");

        Assert.Equal(3, run.ExitCode);
        Assert.Equal("a b\n", run.Outputs[0]["stdout"]);
        Assert.Equal("x", run.Outputs[1]["other"]);
    }

    [Fact]
    public async Task A_script_past_its_time_out_is_ended_with_its_children()
    {
        var watch = Stopwatch.StartNew();

        var (run, _) = await RunAsync("echo begin; sleep 4711 & sleep 4711", timeoutSeconds: 1);

        Assert.True(run.TimedOut);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        await Traces.NoProcessAsync("sleep 4711", Cancel);
    }

    [Fact]
    public async Task A_process_left_behind_is_named_and_ended()
    {
        var (run, output) = await RunAsync("setsid nohup sleep 4712 >/dev/null 2>&1 & sleep 0.3; echo done");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(output, line => line.Contains("sleep", StringComparison.Ordinal));
        await Traces.NoProcessAsync("sleep 4712", Cancel);
    }
}
