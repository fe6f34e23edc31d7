using Cake.Core;
using Cake.Frosting;

namespace ImageBuilder.Tests.Frosting;

public sealed class TaskOutcomeTests
{
    private sealed class Skipped : FrostingTask<JournalContext>, IFrostingTask
    {
        public string SkippedMessage => "nothing changed";

        public override bool ShouldRun(JournalContext context) => false;

        public override void Run(JournalContext context) => context.Note("Skipped ran");
    }

    [IsDependentOn(typeof(Skipped))]
    private sealed class AfterSkipped : FrostingTask<JournalContext>
    {
        public override bool ShouldRun(JournalContext context) => true;

        public override void Run(JournalContext context) => context.Note("AfterSkipped");
    }

    [Fact]
    public void A_task_whose_criterion_is_false_is_skipped_and_says_why()
    {
        var host = Host.With(typeof(Skipped), typeof(AfterSkipped)).Run("--target=AfterSkipped");

        Assert.Equal(["AfterSkipped"], host.Did);
        Assert.Equal(0, host.ExitCode);
        Assert.Contains("nothing changed", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_requested_target_whose_criterion_is_false_is_an_error()
    {
        var host = Host.With(typeof(Skipped)).Run("--target=Skipped");

        Assert.Empty(host.Did);
        Assert.Equal(1, host.ExitCode);
    }

    private abstract class Failing : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context)
        {
            context.Note("Run");
            throw new InvalidOperationException("the disk is full");
        }
    }

    private sealed class Plain : Failing;

    [IsDependentOn(typeof(Plain))]
    private sealed class AfterPlain : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("AfterPlain");
    }

    [Fact]
    public void After_a_failure_nothing_runs_that_depends_on_it_and_the_exit_code_is_1()
    {
        var host = Host.With(typeof(Plain), typeof(AfterPlain)).Run("--target=AfterPlain");

        Assert.Equal(["Run"], host.Did);
        Assert.Equal(1, host.ExitCode);
        Assert.Contains("the disk is full", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_stack_of_a_failure_is_shown_at_diagnostic_verbosity_only()
    {
        const string Place = nameof(TaskOutcomeTests) + "." + nameof(Failing) + ".Run";

        Assert.DoesNotContain(Place, Host.With(typeof(Plain)).Run("--target=Plain").Output, StringComparison.Ordinal);
        Assert.Contains(Place, Host.With(typeof(Plain)).Run("--target=Plain", "--verbosity=diagnostic").Output, StringComparison.Ordinal);
    }

    [ContinueOnError]
    private sealed class Tolerated : Failing;

    [IsDependentOn(typeof(Tolerated))]
    private sealed class AfterTolerated : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("AfterTolerated");
    }

    [Fact]
    public void A_task_marked_ContinueOnError_does_not_stop_the_build()
    {
        var host = Host.With(typeof(Tolerated), typeof(AfterTolerated)).Run("--target=AfterTolerated");

        Assert.Equal(["Run", "AfterTolerated"], host.Did);
        Assert.Equal(0, host.ExitCode);
    }

    private sealed class Handled : Failing
    {
        public override void OnError(Exception exception, JournalContext context) => context.Note($"OnError: {exception.Message}");

        public override void Finally(JournalContext context) => context.Note("Finally");
    }

    private sealed class HandledAsync : AsyncFrostingTask<JournalContext>
    {
        public override async Task RunAsync(JournalContext context)
        {
            await Task.Yield();
            context.Note("Run");
            throw new InvalidOperationException("the disk is full");
        }

        public override void OnError(Exception exception, JournalContext context) => context.Note($"OnError: {exception.Message}");

        public override void Finally(JournalContext context) => context.Note("Finally");
    }

    [Theory]
    [InlineData(typeof(Handled))]
    [InlineData(typeof(HandledAsync))]
    public void OnError_handles_a_failure_and_Finally_comes_last(Type task)
    {
        var host = Host.With(task).Run("--target", task.Name);

        Assert.Equal(["Run", "OnError: the disk is full", "Finally"], host.Did);
        Assert.Equal(0, host.ExitCode);
    }

    private sealed class Rethrowing : Failing
    {
        public override void OnError(Exception exception, JournalContext context) => throw new InvalidOperationException("gave up", exception);
    }

    [Fact]
    public void What_OnError_throws_is_the_failure()
    {
        var host = Host.With(typeof(Rethrowing)).Run("--target=Rethrowing");

        Assert.Equal(1, host.ExitCode);
        Assert.Contains("gave up", host.Output, StringComparison.Ordinal);
    }

    private sealed class Fine : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("Run");

        public override void OnError(Exception exception, JournalContext context) => context.Note("OnError");

        public override void Finally(JournalContext context) => context.Note("Finally");
    }

    [Fact]
    public void OnError_is_not_called_without_a_failure() =>
        Assert.Equal(["Run", "Finally"], Host.With(typeof(Fine)).Run("--target=Fine").Did);

    private sealed class Cancelled : AsyncFrostingTask<JournalContext>
    {
        public override Task RunAsync(JournalContext context) => Task.FromCanceled(new CancellationToken(canceled: true));
    }

    private sealed class NotingTeardown : FrostingTeardown<JournalContext>
    {
        public override void Teardown(JournalContext context, ITeardownContext info) => context.Note("Teardown");
    }

    [Fact]
    public void A_cancelled_task_ends_the_run_through_its_teardown()
    {
        var host = Host.With(typeof(Cancelled)).And(h => h.UseTeardown<NotingTeardown>()).Run("--target=Cancelled");

        Assert.Equal(["Teardown"], host.Did);
        Assert.Equal(1, host.ExitCode);
    }
}
