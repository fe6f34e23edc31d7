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
    public async Task Steps_with_loops_conditions_and_documents_make_a_layer_each_with_what_they_put_out()
    {
        var loop = TestBuild.Step("loop", "") with
        {
            Loop = new StepLoop("", ForEach: [Script.Of("it's one"), Script.Of("two")]),
            Script = new Script([new(TestBuild.Unique + "printf 'said %s' "), new("{{ loop.value }}", StepLoop.ValueAt(0), Quoted: true),
                new(" | tee -a /etc/said >$IMAGEBUILDER_OUTPUTS/0.stdout")]),
        };
        var skipped = TestBuild.Step("skipped", "exit 1") with { If = new StepCondition(Script.Of("test -e /etc/none || printf no >$IMAGEBUILDER_OUTPUTS/0.condition")) };
        var inner = TestBuild.Step("inner", "test -e /etc/said && echo inner >/etc/inner") with { Outer = "build.document/", Reboots = true };
        var phase = new PlannedPhase("build", [inner, inner with { Name = "again" }]);
        var document = TestBuild.Step("document", "") with { Documents = [new PlannedDocument("d", "", "d.yml", [phase])] };

        var made = await new TestBuild(loop, skipped, document).CustomizeAsync(Cancel);
        var check = TestBuild.Step("check", "") with
        {
            Script = new Script([new("test "), new("{{ … }}", "build.loop.outputs[0].stdout", Quoted: true), new(" = \"said it's one\nsaid two\" && test -e /etc/inner")]),
        };
        var next = await new TestBuild(loop, skipped, document, check).CustomizeAsync(Cancel);

        Assert.Equal(["success", "skipped", "success"], made.Steps.Take(3).Select(s => s.Status));
        Assert.Equal([true, true, true, false], next.Steps.Take(4).Select(s => s.Reused));
        Assert.Equal(["success", "skipped", "success", "success"], next.Steps.Take(4).Select(s => s.Status));
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
        var never = TestBuild.Step("never", "false") with { Phase = "validate", If = new StepCondition(Script.Of("printf no >$IMAGEBUILDER_OUTPUTS/0.condition")) };
        var hopeless = TestBuild.Step("hopeless", "exit 3") with { Phase = "validate", OnFailure = OnFailure.Ignore };

        var made = await new TestBuild(step) { Validate = [check, never, hopeless] }.CustomizeAsync(Cancel);
        var reused = await new TestBuild(step) { Validate = [check, never, hopeless] }.CustomizeAsync(Cancel);

        Assert.Equal([false, true], [made.Steps[1].Reused, reused.Steps[1].Reused]);
        Assert.Equal(["success", "skipped", "IgnoredFailure"], made.Steps.Skip(1).Take(3).Select(s => s.Status));
        Assert.Equal(made.Steps.Skip(1).Select(s => (s.Status, s.ExitCode)), reused.Steps.Skip(1).Select(s => (s.Status, s.ExitCode)));
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
