using ImageBuilder.Engines.Local;

namespace ImageBuilder.SystemTests.Engine;

public sealed class BootedContainerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_run_in_a_booted_system_that_restarts_and_leaves_nothing_behind()
    {
        var build = new TestBuild();
        var chain = await build.ParentAsync(Cancel);
        var sandbox = await Sandbox.ForAsync(build.Run, Cancel);
        var output = new List<string>();
        await using (var container = await BootedContainer.BootAsync(build.Run, sandbox, chain, Cancel))
        {
            Assert.NotNull(container);
            const string before = """
                systemctl is-system-running; cat /proc/1/comm; touch /etc/here; grep -c . /proc/net/dev
                echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo protected
                """;
            Assert.Equal(0, (await container.RunAsync(TestBuild.Step("before", before), before, output.Add, Cancel)).ExitCode);
            await container.RebootAsync(_ => { }, Cancel);
            const string after = "test -e /etc/here; systemctl start systemd-hostnamed; hostnamectl --static";
            Assert.Equal(0, (await container.RunAsync(TestBuild.Step("after", after), after, output.Add, Cancel)).ExitCode);
        }

        Assert.Equal(["running", "systemd", "3", "protected", "localhost"], output);
        await Traces.NoControlGroupAsync(Cancel);
        Assert.False(File.Exists(Path.Combine(chain.Top!.Root, "etc/here")));
    }
}
