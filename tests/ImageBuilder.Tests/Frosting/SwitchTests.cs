using Cake.Core;
using Cake.Frosting;

namespace ImageBuilder.Tests.Frosting;

public sealed class SwitchTests
{
    [TaskDescription("Chooses every version")]
    private sealed class Plan : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("Plan");
    }

    [TaskDescription("Writes the disk"), IsDependentOn(typeof(Plan))]
    private sealed class Disk : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("Disk");
    }

    private sealed class Skipped : FrostingTask<JournalContext>
    {
        public override bool ShouldRun(JournalContext context) => false;
    }

    private sealed class Fails : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => throw new InvalidOperationException("no");
    }

    private sealed class NotingSetup : FrostingSetup<JournalContext>
    {
        public override void Setup(JournalContext context, ISetupContext info) => context.Note("setup");
    }

    private sealed class Arguments : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context)
        {
            foreach (var (name, values) in context.Arguments.GetArguments().OrderBy(given => given.Key))
                context.Note($"{name}={string.Join('|', values)}");
        }
    }

    private static Host Build() => Host.With(typeof(Disk), typeof(Plan)).And(h => h.UseSetup<NotingSetup>());

    private static string[] Lines(Host host) => [.. host.Output.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    [Theory]
    [InlineData("--dryrun")]
    [InlineData("--noop")]
    [InlineData("--whatif")]
    public void Dryrun_names_the_tasks_in_order_and_runs_nothing_but_the_setup(string spelling)
    {
        var host = Build().Run("--target=Disk", spelling);

        Assert.Equal(["setup"], host.Did);
        Assert.Equal(0, host.ExitCode);
        Assert.True(host.Output.IndexOf("1. Plan", StringComparison.Ordinal) is >= 0 and var plan
            && host.Output.IndexOf("2. Disk", StringComparison.Ordinal) > plan, host.Output);
    }

    [Theory]
    [InlineData("--tree")]
    [InlineData("--showtree")]
    public void Tree_shows_what_depends_on_what_and_runs_nothing(string spelling)
    {
        var host = Build().Run(spelling);

        Assert.Empty(host.Did);
        Assert.Equal(0, host.ExitCode);
        Assert.Equal(["Disk", "└─Plan"], Lines(host));
    }

    [Theory]
    [InlineData("--description")]
    [InlineData("--descriptions")]
    [InlineData("--showdescription")]
    [InlineData("--showdescriptions")]
    public void Description_lists_every_task_with_its_text_and_runs_nothing(string spelling)
    {
        var host = Build().Run(spelling);

        Assert.Empty(host.Did);
        Assert.Equal(0, host.ExitCode);
        Assert.Contains(Lines(host), line => line.Contains("Plan", StringComparison.Ordinal) && line.Contains("Chooses every version", StringComparison.Ordinal));
        Assert.Contains(Lines(host), line => line.Contains("Disk", StringComparison.Ordinal) && line.Contains("Writes the disk", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--ver")]
    [InlineData("--info")]
    public void Version_and_info_answer_without_running_anything(string spelling)
    {
        var host = Build().Run("--target=Disk", spelling);

        Assert.Empty(host.Did);
        Assert.Equal(0, host.ExitCode);
        Assert.NotEmpty(host.Output.Trim());
    }

    [Fact]
    public void A_table_of_tasks_with_their_outcome_ends_the_run()
    {
        var lines = Lines(Host.With(typeof(Plan), typeof(Disk), typeof(Skipped)).Run("--target=Disk"));

        var table = lines[Array.FindIndex(lines, line => line.Contains("Duration", StringComparison.Ordinal))..];
        Assert.Contains(table, line => line.Contains("Plan", StringComparison.Ordinal) && line.Contains("Succeeded", StringComparison.Ordinal));
        Assert.Contains(table, line => line.Contains("Disk", StringComparison.Ordinal) && line.Contains("Succeeded", StringComparison.Ordinal));
        Assert.Contains(table, line => line.Contains("Total", StringComparison.Ordinal));
        Assert.DoesNotContain(table, line => line.Contains("Skipped", StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_is_there_after_a_failure_too()
    {
        var host = Host.With(typeof(Fails)).Run("--target=Fails");

        Assert.Equal(1, host.ExitCode);
        Assert.Contains(Lines(host), line => line.Contains("Fails", StringComparison.Ordinal) && line.Contains("Failed", StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_can_be_left_out()
    {
        var host = Host.With(typeof(Plan)).Run("--target=Plan", "--no-report");

        Assert.Equal(["Plan"], host.Did);
        Assert.DoesNotContain("Duration", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_switch_of_the_host_reaches_the_tasks_as_arguments()
    {
        var host = Host.With(typeof(Arguments)).Run("--target=Arguments", "--recipe=debian-12-web", "--recipe", "a b*", "--offline");

        Assert.Equal(["offline=", "recipe=debian-12-web|a b*", "target=Arguments"], host.Did);
    }

    [Fact]
    public void Quiet_leaves_out_what_tasks_are_announced_with()
    {
        Assert.Contains("Chooses", Host.With(typeof(Talking)).Run("--target=Talking").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Chooses", Host.With(typeof(Talking)).Run("--target=Talking", "--verbosity=quiet").Output, StringComparison.Ordinal);
    }

    private sealed class Talking : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) =>
            context.Log.Write(Cake.Core.Diagnostics.Verbosity.Normal, Cake.Core.Diagnostics.LogLevel.Information, "Chooses");
    }
}
