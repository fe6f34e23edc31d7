using Build;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace ImageBuilder.Tests.Pipelines;

/// <summary><c>--target=StartBuild</c>: a build of CodeBuild is started and followed to its end.</summary>
public sealed class StartBuildTests : IDisposable
{
    private readonly CiRepository _repository = CiRepository.WithFamily();
    private readonly CancellationTokenSource _stop = new();
    private string _shown = "";

    public void Dispose()
    {
        _stop.Dispose();
        _repository.Dispose();
    }

    [Fact]
    public void A_build_is_started_and_its_log_shown_to_the_end()
    {
        var cloud = new FakeBuilds(null, FakeBuilds.Build("IN_PROGRESS", "BUILD"), FakeBuilds.Build("SUCCEEDED", "COMPLETED"));
        cloud.Log.Enqueue(["first\n"]);
        cloud.Log.Enqueue([]);
        cloud.Log.Enqueue(["second\n", "third\n"]);

        Assert.Equal(0, Run(cloud, "--project=images"));

        Assert.Equal(new CloudPlace("eu-west-1"), cloud.Place);
        var started = Assert.Single(cloud.Started);
        Assert.Equal(("images", null, 0), (started.Project, started.Version, started.Variables.Count));
        var parts = (string[])["Started the build images:1 in eu-west-1.", "first", "[BUILD]", "second", "third", "[COMPLETED]", "The build images:1 has succeeded."];
        Assert.Equal(parts, _shown.Split('\n').Where(parts.Contains));
    }

    [Fact]
    public void Recipes_are_built_after_those_that_they_start_from()
    {
        var cloud = new FakeBuilds(FakeBuilds.Build("SUCCEEDED", "COMPLETED"));
        Assert.Equal(0, Run(cloud, "--project=images", "--recipe=w*", "--region=us-west-2", "--source-version=topic"));
        Assert.Equal(new CloudPlace("us-west-2"), cloud.Place);
        var started = Assert.Single(cloud.Started);
        Assert.Equal("topic", started.Version);
        Assert.Equal("base web", started.Variables["RECIPES"]);
    }

    [Fact]
    public void A_build_that_fails_ends_with_10_and_says_why()
    {
        var cloud = new FakeBuilds(FakeBuilds.Build("FAILED", "COMPLETED", "BUILD: COMMAND_EXECUTION_ERROR: exit status 11"));
        Assert.Equal((int)ExitCode.BuildFailed, Run(cloud, "--project=images"));
        Assert.Contains("IB8510", _shown, StringComparison.Ordinal);
        Assert.Contains("exit status 11", _shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_only_ends_following_and_says_how_to_go_on()
    {
        var cloud = new FakeBuilds(FakeBuilds.Build("IN_PROGRESS", "BUILD")) { Looked = _stop.Cancel };
        Assert.Equal((int)ExitCode.Stopped, Run(cloud, "--project=images", "--region=us-west-2"));
        Assert.Contains("./build.sh --target=StartBuild --build=images:1 --region=us-west-2 --stop", _shown, StringComparison.Ordinal);
        Assert.DoesNotContain("The same command goes on", _shown, StringComparison.Ordinal);
        Assert.Empty(cloud.Stopped);
    }

    [Fact]
    public void A_build_can_be_followed_again_and_is_not_started_anew()
    {
        var cloud = new FakeBuilds(FakeBuilds.Build("SUCCEEDED", "COMPLETED"));
        Assert.Equal(0, Run(cloud, "--build=images:1"));
        Assert.Empty(cloud.Started);
        Assert.Empty(cloud.Stopped);
    }

    [Fact]
    public void A_build_can_be_ended()
    {
        var cloud = new FakeBuilds(FakeBuilds.Build("IN_PROGRESS", "BUILD"), FakeBuilds.Build("STOPPED", "COMPLETED"));
        Assert.Equal(0, Run(cloud, "--build=images:1", "--stop"));
        Assert.Equal(["images:1"], cloud.Stopped);
        Assert.Contains("The build images:1 has ended: STOPPED.", _shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_that_nobody_knows_is_a_problem()
    {
        var cloud = new FakeBuilds();
        Assert.Equal((int)ExitCode.Usage, Run(cloud, "--build=images:2", "--stop"));
        Assert.Contains("IB8512", _shown, StringComparison.Ordinal);
        Assert.Empty(cloud.Stopped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--project=images --build=images:1")]
    [InlineData("--project=images --stop")]
    public void What_is_to_be_done_must_be_clear(string switches)
    {
        var cloud = new FakeBuilds();
        Assert.Equal((int)ExitCode.Usage, Run(cloud, switches.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("IB8511", _shown, StringComparison.Ordinal);
        Assert.Empty(cloud.Started);
    }

    private int Run(FakeBuilds cloud, params string[] switches)
    {
        using var output = new StringWriter();
        var ports = new Ports(Terminal.Plain(output, output), _ => null, new ProgramRunner(), new HurriedClock(), () => [], () => _repository.World, () => _repository.World)
        {
            Cloud = () => cloud,
        };
        var exit = global::Build.Program.Run(
            ["--target=StartBuild", $"--working={_repository.Folder}", $"--cache={_repository.World.Cache}", "--no-report", .. switches], ports, _stop.Token);
        _shown = output.ToString();
        return exit;
    }

    /// <summary>Whoever waits has waited.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : dueTime, period);
    }
}
