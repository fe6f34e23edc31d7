using Cake.Core;
using Cake.Frosting;

namespace ImageBuilder.Tests.Frosting;

public sealed class TaskOrderTests
{
    private abstract class Noted : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note(GetType().Name);
    }

    private sealed class Plan : Noted;

    [IsDependentOn(typeof(Plan))]
    private sealed class Base : Noted;

    [IsDependentOn(typeof(Plan))]
    private sealed class Tools : Noted;

    [TaskName("the-image"), IsDependentOn(typeof(Base)), IsDependentOn(typeof(Tools))]
    private sealed class Image : Noted;

    [IsDependeeOf(typeof(Plan))]
    private sealed class Early : Noted;

    private sealed class Default : Noted;

    private sealed class Later : AsyncFrostingTask<JournalContext>
    {
        public override async Task RunAsync(JournalContext context)
        {
            context.Note("starts");
            await Task.Yield();
            context.Note("ends");
        }
    }

    [IsDependentOn(typeof(Later))]
    private sealed class AfterLater : Noted;

    [IsDependentOn(typeof(Second))]
    private sealed class First : Noted;

    [IsDependentOn(typeof(Third))]
    private sealed class Second : Noted;

    [IsDependentOn(typeof(First))]
    private sealed class Third : Noted;

    [IsDependentOn(typeof(DateTime))]
    private sealed class DependentOnADate : Noted;

    [IsDependeeOf(typeof(DateTime))]
    private sealed class DependeeOfADate : Noted;

    [IsDependentOn(typeof(Plan))]
    private sealed class Gate : FrostingTask<JournalContext>;

    [Fact]
    public void What_a_task_depends_on_runs_before_it_and_only_once()
    {
        var host = Host.With(typeof(Image), typeof(Tools), typeof(Base), typeof(Plan), typeof(Default)).Run("--target=the-image");

        Assert.Equal(["Plan", "Base", "Tools", "Image"], host.Did);
        Assert.Equal(0, host.ExitCode);
    }

    [Fact]
    public void A_dependee_runs_before_the_task_that_it_names() =>
        Assert.Equal(["Early", "Plan"], Host.With(typeof(Plan), typeof(Early)).Run("--target=Plan").Did);

    [Fact]
    public void Without_a_target_the_task_Default_runs() =>
        Assert.Equal(["Default"], Host.With(typeof(Plan), typeof(Default)).Run().Did);

    [Fact]
    public void A_target_is_found_in_any_spelling() =>
        Assert.Equal(["Plan"], Host.With(typeof(Plan)).Run("-t", "plan").Did);

    [Fact]
    public void Several_targets_share_what_they_depend_on()
    {
        var host = Host.With(typeof(Plan), typeof(Base), typeof(Tools)).Run("--target=Base", "--target=Tools");

        Assert.Equal(["Plan", "Base", "Tools"], host.Did);
    }

    [Theory]
    [InlineData("Base", "Tools", "Plan Base Plan Tools")]
    [InlineData("Tools", "Base", "Plan Tools Plan Base")]
    public void Cake_can_be_told_to_run_several_targets_one_after_the_other(string one, string other, string order) =>
        Assert.Equal(
            order.Split(' '),
            Host.With(typeof(Plan), typeof(Base), typeof(Tools))
                .And(h => h.UseCakeSetting("Settings_UnifiedDependencyGraphForMultipleTargets", "false"))
                .Run("--target", one, "--target", other).Did);

    [Fact]
    public void Exclusive_runs_the_target_alone() =>
        Assert.Equal(["Image"], Host.With(typeof(Image), typeof(Tools), typeof(Base), typeof(Plan)).Run("--target=the-image", "--exclusive").Did);

    [Fact]
    public void The_next_task_waits_for_an_asynchronous_one() =>
        Assert.Equal(["starts", "ends", "AfterLater"], Host.With(typeof(Later), typeof(AfterLater)).Run("--target=AfterLater").Did);

    [Fact]
    public void A_task_without_an_action_of_its_own_only_groups_others()
    {
        var host = Host.With(typeof(Gate), typeof(Plan)).Run("--target=Gate");

        Assert.Equal(["Plan"], host.Did);
        Assert.Contains("Gate", host.Output, StringComparison.Ordinal);
        Assert.Equal(0, host.ExitCode);
    }

    [Fact]
    public void A_circle_of_dependencies_is_an_error()
    {
        var host = Host.With(typeof(First), typeof(Second), typeof(Third)).Run("--target=First");

        Assert.Empty(host.Did);
        Assert.NotEqual(0, host.ExitCode);
        Assert.Contains("circular", host.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(typeof(DependentOnADate), "The dependency 'DateTime' is not a valid task.")]
    [InlineData(typeof(DependeeOfADate), "The reverse dependency 'DateTime' is not a valid task.")]
    public void Only_tasks_can_be_depended_on(Type task, string message)
    {
        var host = Host.With(task).Run("--target", task.Name);

        Assert.Empty(host.Did);
        Assert.NotEqual(0, host.ExitCode);
        Assert.Contains(message, host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_target_is_an_error_that_names_it()
    {
        var host = Host.With(typeof(Plan)).Run("--target=Imgae");

        Assert.Equal(1, host.ExitCode);
        Assert.Contains("'Imgae'", host.Output, StringComparison.Ordinal);
    }

    private sealed class OtherContext(ICakeContext context) : FrostingContext(context);

    private sealed class Misplaced : FrostingTask<OtherContext>
    {
        public override void Run(OtherContext context) => throw new InvalidOperationException("must not run");
    }

    [Fact]
    public void A_task_for_another_context_is_left_out_with_a_warning()
    {
        var host = Host.With(typeof(Misplaced), typeof(Plan)).Run("--target=Plan");

        Assert.Equal(["Plan"], host.Did);
        Assert.Contains(typeof(OtherContext).FullName!, host.Output, StringComparison.Ordinal); // A named type has a full name.
    }
}
