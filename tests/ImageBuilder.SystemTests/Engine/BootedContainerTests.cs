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
        var (output, mark, work) = (new List<string>(), $"here-{Guid.NewGuid():N}", "");
        await using (var container = await BootedContainer.BootAsync(build.Run, sandbox, chain, Cancel))
        {
            Assert.NotNull(container);
            var before = $"""
                systemctl is-system-running; cat /proc/1/comm; touch /etc/{mark}; grep -c . /proc/net/dev
                echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo protected
                """;
            Assert.Equal(0, (await container.RunAsync(TestBuild.Step("before", before), before, output.Add, Cancel)).ExitCode);
            // Other builds of this machine have containers too: ours is the one that holds what the step wrote.
            work = Directory.GetDirectories(Path.Combine(TestBuild.Cache, "work")).Single(f => File.Exists(Path.Combine(f, "layer/root/etc", mark)));
            await container.RebootAsync(Cancel);
            var after = $"test -e /etc/{mark}; systemctl start systemd-hostnamed; hostnamectl --static";
            Assert.Equal(0, (await container.RunAsync(TestBuild.Step("after", after), after, output.Add, Cancel)).ExitCode);
        }

        Assert.Equal(["running", "systemd", "3", "protected", "localhost"], output);
        Traces.NoControlGroup(Path.GetFileName(work));
        Assert.False(File.Exists(Path.Combine(chain.Top!.Root, "etc", mark)));
    }
}
