using System.Text.Json;
using Build;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary>Several recipes at work at the same time.</summary>
public sealed class ParallelTests : IDisposable
{
    // Nothing waits for it but a test that fails.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly FakeWorld _world = new();
    private readonly Barrier _meeting = new(2);

    public ParallelTests()
    {
        foreach (var recipe in (string[])["api", "web"]) _world.Plans.Add(FakeWorld.PlanOf(recipe, $"of-{recipe}", "Answers"));
    }

    public void Dispose()
    {
        _meeting.Dispose();
        _world.Dispose();
    }

    [Theory, InlineData("--target=Image"), InlineData("--target=Export")]
    public void One_that_is_ahead_is_written_while_the_other_is_built(string target)
    {
        LetWebGoAhead();
        Assert.Equal(0, _world.Run(target, "--jobs=2"));
        Assert.Equal(10, _world.Engine.Ran.Count);
    }

    [Fact]
    public void Nothing_runs_ahead_of_what_was_asked_for()
    {
        Assert.Equal(0, _world.Run("--target=Disk", "--jobs=2"));
        Assert.Equal(["Base api", "Base web", "Customize api", "Customize web", "Disk api", "Disk web"], _world.Engine.Ran.Order(StringComparer.Ordinal));

        _world.Engine.Ran.Clear();
        Assert.Equal(0, _world.Run("--target=TestImage", "--jobs=2", "--exclusive"));
        Assert.Equal(["TestImage api", "TestImage web"], _world.Engine.Ran.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void As_many_are_at_work_as_asked_for_and_no_more()
    {
        foreach (var i in Enumerable.Range(0, 6)) _world.Plans.Add(FakeWorld.PlanOf($"recipe-{i}", $"of-{i}"));
        using var meeting = new Barrier(2);
        using var never = new ManualResetEventSlim();
        var (met, now, most) = (false, 0, 0);
        _world.Engine.On = (where, _) =>
        {
            var here = Interlocked.Increment(ref now);
            InterlockedMax(ref most, here);
            if (where == "Base" && !Volatile.Read(ref met)) Volatile.Write(ref met, meeting.SignalAndWait(s_patience));
            never.Wait(TimeSpan.FromMilliseconds(2));
            Interlocked.Decrement(ref now);
        };

        Assert.Equal(0, _world.Run("--target=Image", "--jobs=2"));

        Assert.True(met);
        Assert.Equal(2, most);
        // The first two are finished before the last one begins.
        Assert.InRange(_world.Engine.Ran.IndexOf("Export api"), 0, _world.Engine.Ran.IndexOf("Base recipe-5"));
    }

    [Fact]
    public void With_one_at_a_time_it_goes_stage_by_stage()
    {
        Assert.Equal(0, _world.Run("--target=Disk", "--jobs=1"));
        Assert.Equal(["Base api", "Base web", "Customize api", "Customize web", "Disk api", "Disk web"], _world.Engine.Ran);
    }

    [Fact]
    public void One_that_fails_leaves_the_others_at_work()
    {
        _world.Plans.Add(FakeWorld.PlanOf("zope", "of-zope", "Answers"));
        _world.Engine.On = (where, plan) =>
        {
            if ((where, plan.Recipe) == ("Customize", "api")) throw FakeEngine.Failed(plan, "app/build/Install");
            if ((where, plan.Recipe) == ("Disk", "zope")) throw new ProblemException(ExitCode.Integrity, new Problem("IB0002", "A broken disk.", "", "Buy one."));
        };

        Assert.Equal((int)ExitCode.Integrity, _world.Run("--target=Image", "--jobs=3"));

        Assert.Contains("Export web", _world.Engine.Ran);
        var end = _world.Output[_world.Output.IndexOf("Total:", StringComparison.Ordinal)..];
        Assert.Contains("api 1.0.0: FAILED in Customize", end, StringComparison.Ordinal);
        Assert.Contains("IB0001: Step `app/build/Install` failed.", end, StringComparison.Ordinal);
        Assert.Contains("zope 1.0.0: FAILED in Disk", end, StringComparison.Ordinal);
        Assert.Contains("web 1.0.0: built, tested and exported", end, StringComparison.Ordinal);
    }

    [Fact]
    public void With_all_of_them_failed_the_run_ends_and_no_later_stage_is_said_to_have_run()
    {
        _world.Engine.On = (where, plan) =>
        {
            if (where == "Customize") throw FakeEngine.Failed(plan, "app/build/Install");
        };

        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Image", "--jobs=2"));

        Assert.DoesNotContain("Disk ", _world.Output[_world.Output.IndexOf("Task  ", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void What_this_machine_lacks_is_looked_for_and_told_once()
    {
        var asked = 0;
        _world.EnsureTools = async () =>
        {
            Interlocked.Increment(ref asked);
            await Task.Yield();
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB0003", "There is no hammer.", "", "Buy one."));
        };

        Assert.Equal((int)ExitCode.Prerequisites, _world.Run("--target=Image", "--jobs=2"));

        Assert.Equal(1, asked);
        Assert.Single(_world.Error.Split('\n'), line => line.Contains("There is no hammer", StringComparison.Ordinal));
    }

    [Fact]
    public void Stopping_ends_all_that_are_at_work_before_the_program_ends()
    {
        using var building = new ManualResetEventSlim();
        var cleaned = false;
        _world.Engine.On = (where, plan) =>
        {
            if ((where, plan.Recipe) == ("Customize", "api"))
            {
                building.Set();
                _world.Stop.Token.WaitHandle.WaitOne(s_patience);
                building.Reset();
                building.Wait(TimeSpan.FromMilliseconds(200)); // cleans up
                cleaned = true;
                throw new OperationCanceledException();
            }

            if ((where, plan.Recipe) != ("Disk", "web") || !building.Wait(s_patience)) return;
            _world.Stop.Cancel();
            throw new IOException("a killed program");
        };

        Assert.Equal((int)ExitCode.Stopped, _world.Run("--target=Image", "--jobs=2"));

        Assert.True(cleaned);
        Assert.Contains("api 1.0.0: not finished", _world.Output, StringComparison.Ordinal);
        Assert.Contains("web 1.0.0: not finished", _world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", _world.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_recipe_has_its_own_events_and_every_line_names_its_recipe()
    {
        LetWebGoAhead();
        Assert.Equal(0, _world.Run("--target=Image", "--jobs=2"));
        foreach (var recipe in (string[])["api", "web"])
        {
            var events = File.ReadAllLines(Path.Combine(_world.ArtifactsOf(recipe), "events.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
            Assert.All(events, e => Assert.Equal(recipe, e.GetProperty("recipe").GetString()));
            Assert.Equal(["Validate", "Plan", "Base", "Customize", "Disk", "TestImage", "Export", "Image"],
                events.Select(e => e.GetProperty("event")).Where(e => e.GetProperty("kind").GetString() == "stageFinished")
                    .Select(e => e.GetProperty("stage").GetString()));
        }

        var from = _world.Output.IndexOf("Base to Image, 2 recipes at a time", StringComparison.Ordinal);
        var lines = _world.Output[from.._world.Output.IndexOf("Task  ", StringComparison.Ordinal)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines.Skip(1), line => Assert.Matches("^  (api|web)  (Base|Customize|Disk|TestImage|Export|Image) ", line));
        Assert.Contains("Recipes were in several stages", _world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 24, 2)]
    [InlineData(16, 24, 6)]
    [InlineData(4, 16, 4)]
    [InlineData(2, 4, 1)]
    [InlineData(8, 2, 1)]
    public void How_many_suits_processors_and_memory(int processors, int memory, int count) =>
        Assert.Equal(count, Jobs.Choose(asked: null, new HostSize(processors, (long)memory << 30)).Count);

    [Fact]
    public void How_many_was_chosen_is_said_with_verbose()
    {
        _world.Host = new HostSize(2, 24L << 30);
        Assert.Equal(0, _world.Run("--target=Base", "--verbosity=verbose"));
        Assert.Contains("2 recipes at a time: 2 processors and 24.0 GiB of memory, of which one takes 3.5 GiB; --jobs= changes it.", _world.Output,
            StringComparison.Ordinal);
        _world.Run("--target=Base", "--jobs=3");
        Assert.DoesNotContain("--jobs=", _world.Output, StringComparison.Ordinal);
    }

    [Theory, InlineData("0"), InlineData("-1"), InlineData("many")]
    public void What_is_no_number_of_recipes_is_refused(string jobs)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image", $"--jobs={jobs}"));
        Assert.Contains("IB7040", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_lasts_as_long_as_recipes_were_in_it()
    {
        var clock = new ManualClock();
        var times = new StageTimes(clock);
        var first = times.Begin("Base");
        clock.Advance(TimeSpan.FromSeconds(2));
        var second = times.Begin("Base");
        Assert.False(times.Overlap);
        clock.Advance(TimeSpan.FromSeconds(3));
        first.Dispose();
        using (times.Begin("Disk")) clock.Advance(TimeSpan.FromSeconds(5));
        second.Dispose();
        clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), null), (times.Of("Base"), times.Of("Disk"), times.Of("Export")));
        Assert.True(times.Overlap);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    // It is written while the other one is still built.
    private void LetWebGoAhead() => _world.Engine.On = (where, plan) =>
    {
        if ((where, plan.Recipe) is ("Export", "web") or ("Customize", "api")) Assert.True(_meeting.SignalAndWait(s_patience));
    };
}
