using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.SystemTests.Engine;

public sealed class CustomizationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_make_layers_that_the_next_build_reuses()
    {
        var first = TestBuild.Step("first", TestBuild.Unique + "echo one >/etc/one; printf value >$IMAGEBUILDER_OUTPUTS/0.stdout");
        var second = TestBuild.Step("second", "test -e /etc/one; echo two >/etc/two");

        var made = await new TestBuild(first, second).CustomizeAsync(Cancel);
        var again = new TestBuild(first, second);
        var reused = await again.CustomizeAsync(Cancel);

        Assert.All(made.Steps, step => Assert.False(step.Reused));
        Assert.All(reused.Steps, step => Assert.True(step.Reused));
        Assert.Equal(made.Key, reused.Key);
        Assert.Contains(reused.Packages, package => package is { Name: "bash", Architecture: "amd64" });
        Assert.DoesNotContain(again.Events, e => e is StepFinished { Reused: false });
    }

    [Fact]
    public async Task A_failing_step_says_where_and_why_and_keeps_what_was_done_before()
    {
        var first = TestBuild.Step("first", TestBuild.Unique + "echo one >/etc/one");
        var failing = TestBuild.Step("failing", "echo some reason >&2; exit 7");

        var problem = (await Assert.ThrowsAsync<ProblemException>(() => new TestBuild(first, failing).CustomizeAsync(Cancel)));
        var again = await new TestBuild(first).CustomizeAsync(Cancel);

        Assert.Equal(ExitCode.BuildFailed, problem.Exit);
        Assert.Equal(failing.At, problem.Problems[0].At);
        Assert.Contains("exit code 7", problem.Problems[0].Why, StringComparison.Ordinal);
        Assert.Contains("some reason", problem.Problems[0].Why, StringComparison.Ordinal);
        Assert.True(again.Steps[0].Reused);
    }

    [Fact]
    public async Task After_a_failure_that_lets_the_build_go_on_the_rest_runs_but_nothing_of_it_is_kept()
    {
        var failing = TestBuild.Step("failing", TestBuild.Unique + "echo half >/etc/half; exit 1") with { OnFailure = OnFailure.Continue };
        var build = new TestBuild(failing, TestBuild.Step("next", "cat /etc/half"));

        await Assert.ThrowsAsync<ProblemException>(() => build.CustomizeAsync(Cancel));
        var again = new TestBuild(failing, TestBuild.Step("next", "cat /etc/half"));
        await Assert.ThrowsAsync<ProblemException>(() => again.CustomizeAsync(Cancel));

        Assert.Equal(["failed", "success"], again.Events.OfType<StepFinished>().Select(e => e.Status));
        Assert.All(again.Events.OfType<StepFinished>(), e => Assert.False(e.Reused));
    }

    [Fact]
    public async Task Validate_steps_see_the_built_image_running_and_are_not_repeated_for_the_same_layers()
    {
        var step = TestBuild.Step("set", TestBuild.Unique + "echo set >/etc/set; printf said >$IMAGEBUILDER_OUTPUTS/0.stdout");
        var check = TestBuild.Step("check", "systemctl is-system-running && grep set /etc/set && touch /etc/changed") with { Phase = "validate" };

        var made = await new TestBuild(step) { Validate = [check] }.CustomizeAsync(Cancel);
        var reused = await new TestBuild(step) { Validate = [check] }.CustomizeAsync(Cancel);

        Assert.Equal([false, true], [made.Steps[1].Reused, reused.Steps[1].Reused]);
    }

    [Fact]
    public async Task A_failing_validate_step_fails_the_build()
    {
        var step = TestBuild.Step("set", TestBuild.Unique);
        var check = TestBuild.Step("check", "echo not so; false") with { Phase = "validate" };

        var problem = await Assert.ThrowsAsync<ProblemException>(() => new TestBuild(step) { Validate = [check] }.CustomizeAsync(Cancel));

        Assert.Equal(ExitCode.BuildFailed, problem.Exit);
        Assert.Contains("not so", problem.Problems[0].Why, StringComparison.Ordinal);
    }
}
