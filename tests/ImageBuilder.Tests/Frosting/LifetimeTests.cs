using Cake.Core;
using Cake.Frosting;

namespace ImageBuilder.Tests.Frosting;

public sealed class LifetimeTests
{
    private sealed class Good : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("Good");
    }

    private sealed class Bad : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => throw new InvalidOperationException("bad");
    }

    [IsDependentOn(typeof(Good))]
    private sealed class Skipped : FrostingTask<JournalContext>
    {
        public override bool ShouldRun(JournalContext context) => false;
    }

    [IsDependentOn(typeof(Skipped))]
    private sealed class Last : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("Last");
    }

    private sealed class Lifetime : FrostingLifetime<JournalContext>
    {
        private bool _wasSetUp;

        public override void Setup(JournalContext context, ISetupContext info)
        {
            _wasSetUp = true;
            context.Note($"setup for {info.TargetTask.Name}: {string.Join(' ', info.TasksToExecute.Select(task => task.Name))}");
        }

        public override void Teardown(JournalContext context, ITeardownContext info) =>
            context.Note($"teardown of {_wasSetUp}, {(info.Successful ? "good" : info.ThrownException.Message)}");
    }

    private sealed class TaskLifetime : FrostingTaskLifetime<JournalContext>
    {
        public override void Setup(JournalContext context, ITaskSetupContext info) => context.Note($"({info.Task.Name}");

        public override void Teardown(JournalContext context, ITaskTeardownContext info) =>
            context.Note($"{info.Task.Name}{(info.Skipped ? " skipped" : "")}{(info.Successful ? "" : " " + info.ThrownException.Message)})");
    }

    [Fact]
    public void Setup_comes_first_and_teardown_last_and_both_are_one_object() =>
        Assert.Equal(
            ["setup for Last: Good Skipped Last", "Good", "Last", "teardown of True, good"],
            Host.With(typeof(Last), typeof(Skipped), typeof(Good)).And(h => h.UseLifetime<Lifetime>()).Run("--target=Last").Did);

    [Fact]
    public void Teardown_runs_after_a_failure_and_is_told_of_it()
    {
        var host = Host.With(typeof(Bad)).And(h => h.UseLifetime<Lifetime>()).Run("--target=Bad");

        Assert.Equal(["setup for Bad: Bad", "teardown of True, bad"], host.Did);
        Assert.Equal(1, host.ExitCode);
    }

    [Fact]
    public void Task_setup_and_task_teardown_surround_every_task() =>
        Assert.Equal(
            ["(Good", "Good", "Good)", "(Skipped", "Skipped skipped)", "(Last", "Last", "Last)"],
            Host.With(typeof(Last), typeof(Skipped), typeof(Good)).And(h => h.UseTaskLifetime<TaskLifetime>()).Run("--target=Last").Did);

    [Fact]
    public void Task_teardown_is_told_of_a_failure() =>
        Assert.Equal(["(Bad", "Bad bad)"], Host.With(typeof(Bad)).And(h => h.UseTaskLifetime<TaskLifetime>()).Run("--target=Bad").Did);

    private sealed class OnlySetup : FrostingSetup
    {
        public override void Setup(ICakeContext context, ISetupContext info) => ((JournalContext)context).Note("setup");
    }

    private sealed class OnlyTeardown : FrostingTeardown
    {
        public override void Teardown(ICakeContext context, ITeardownContext info) => ((JournalContext)context).Note("teardown");
    }

    private sealed class OnlyTaskSetup : FrostingTaskSetup
    {
        public override void Setup(ICakeContext context, ITaskSetupContext info) => ((JournalContext)context).Note("task setup");
    }

    private sealed class OnlyTaskTeardown : FrostingTaskTeardown
    {
        public override void Teardown(ICakeContext context, ITaskTeardownContext info) => ((JournalContext)context).Note("task teardown");
    }

    [Fact]
    public void Each_of_the_four_can_be_given_alone()
    {
        Assert.Equal(["setup", "Good"], Ran(h => h.UseSetup<OnlySetup>()));
        Assert.Equal(["Good", "teardown"], Ran(h => h.UseTeardown<OnlyTeardown>()));
        Assert.Equal(["task setup", "Good"], Ran(h => h.UseTaskSetup<OnlyTaskSetup>()));
        Assert.Equal(["Good", "task teardown"], Ran(h => h.UseTaskTeardown<OnlyTaskTeardown>()));

        static string[] Ran(Action<CakeHost> more) => Host.With(typeof(Good)).And(more).Run("--target=Good").Did;
    }

    private sealed class FailingSetup : FrostingSetup<JournalContext>
    {
        public override void Setup(JournalContext context, ISetupContext info) => throw new InvalidOperationException("no disk space");
    }

    [Fact]
    public void A_failing_setup_ends_the_run_before_any_task_but_not_before_the_teardown()
    {
        var host = Host.With(typeof(Good)).And(h => h.UseSetup<FailingSetup>().UseTeardown<OnlyTeardown>()).Run("--target=Good");

        Assert.Equal(["teardown"], host.Did);
        Assert.Equal(1, host.ExitCode);
        Assert.Contains("no disk space", host.Output, StringComparison.Ordinal);
    }

    private sealed class FailingTeardown : FrostingTeardown<JournalContext>
    {
        public override void Teardown(JournalContext context, ITeardownContext info) => throw new InvalidOperationException("still mounted");
    }

    [Fact]
    public void A_failing_teardown_fails_the_run()
    {
        var host = Host.With(typeof(Good)).And(h => h.UseTeardown<FailingTeardown>()).Run("--target=Good");

        Assert.Equal(["Good"], host.Did);
        Assert.Equal(1, host.ExitCode);
        Assert.Contains("still mounted", host.Output, StringComparison.Ordinal);
    }
}
