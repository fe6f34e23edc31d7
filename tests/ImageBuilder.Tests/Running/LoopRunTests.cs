using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Running;
using ImageBuilder.Tests.Program;

namespace ImageBuilder.Tests.Running;

/// <summary>Loops, conditions and restarts, with a session whose answers are given.</summary>
public sealed class LoopRunTests : IDisposable
{
    private static readonly StepLoop s_abc = new("", ForEach: [Script.Of("a"), Script.Of("b"), Script.Of("c")]);

    private readonly string _folder = Directory.CreateTempSubdirectory("loops").FullName;
    private readonly OutputBook _book = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_iteration_gets_its_index_and_value_and_the_outputs_are_joined_line_by_line()
    {
        var session = new FakeSession((_, script) => FakeSession.End(0, $"out {script}\n"));
        var outcome = await RunAsync(session, Looped(s_abc));
        Assert.Equal(["0 'a'", "1 'b'", "2 'c'"], session.Done);
        Assert.Equal("out 0 'a'\nout 1 'b'\nout 2 'c'", _book.Find("app", "build.Step.outputs.stdout"));
        Assert.Equal((StepStatus.Success, 1), (outcome.Status, outcome.Attempts));
        Assert.Equal("value c", outcome.Inputs[0]["text"]);
    }

    [Fact]
    public async Task A_failed_iteration_leaves_the_loop_keeps_the_outputs_before_it_and_is_named()
    {
        var session = new FakeSession((_, script) => FakeSession.End(script.StartsWith('1') ? 7 : 0, script));
        var outcome = await RunAsync(session, Looped(s_abc) with { OnFailure = OnFailure.Continue });
        Assert.Equal((StepStatus.Failed, 7, "Iteration 1 (`b`) ended with exit code 7."), (outcome.Status, outcome.ExitCode, outcome.Message));
        Assert.Equal("0 'a'", _book.Find("app", "build.Step.outputs.stdout"));
        Assert.Contains("Iteration 1 (`b`)", StepRunner.Describe(outcome).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_attempt_begins_the_loop_anew()
    {
        var failures = 1;
        var session = new FakeSession((_, script) => FakeSession.End(script.StartsWith('1') && failures-- > 0 ? 1 : 0));
        var outcome = await RunAsync(session, Looped(s_abc) with { MaxAttempts = 2 });
        Assert.Equal(["0 'a'", "1 'b'", "0 'a'", "1 'b'", "2 'c'"], session.Done);
        Assert.Equal((StepStatus.Success, 2), (outcome.Status, outcome.Attempts));
    }

    [Fact]
    public async Task All_iterations_of_an_attempt_share_the_time_and_the_next_attempt_has_all_of_it_again()
    {
        var session = new FakeSession((_, _) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(6));
            return FakeSession.End(0);
        });
        var outcome = await RunAsync(session, Looped(s_abc) with { TimeoutSeconds = 10, MaxAttempts = 2, OnFailure = OnFailure.Ignore });
        Assert.Equal([10, 4, 10, 4], session.Limits);
        Assert.Equal((StepStatus.IgnoredFailure, true), (outcome.Status, outcome.TimedOut));
        Assert.Equal("The loop did not end within the step's timeoutSeconds of 10; its iteration 2 (`c`) was not done.", outcome.Message);
    }

    [Fact]
    public async Task Without_a_limit_there_is_none()
    {
        var session = new FakeSession((_, _) => FakeSession.End(0));
        await RunAsync(session, Looped(s_abc) with { TimeoutSeconds = -1 });
        Assert.Equal([-1, -1, -1], session.Limits);
    }

    [Fact]
    public async Task A_restart_repeats_the_iteration_that_asked_for_it_and_its_time_begins_anew()
    {
        var asked = 0;
        var session = new FakeSession((_, script) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(4));
            return FakeSession.End(script.StartsWith('1') && asked++ == 0 ? 194 : 0);
        });
        var outcome = await RunAsync(session, Looped(s_abc) with { TimeoutSeconds = 10 });
        Assert.Equal(["0 'a'", "1 'b'", "restart", "1 'b'", "2 'c'"], session.Done);
        Assert.Equal([10, 6, 10, 6], session.Limits);
        Assert.Equal((StepStatus.Success, 1, 1), (outcome.Status, outcome.Attempts, outcome.Restarts));
    }

    [Fact]
    public async Task A_list_is_cut_when_the_loop_starts_and_an_empty_one_runs_nothing()
    {
        _book.Add(Step("Ask"), [new Dictionary<string, string> { ["stdout"] = "x;y z", ["none"] = "" }]);
        var session = new FakeSession((step, _) =>
        {
            _book.Add(Step("Ask"), [new Dictionary<string, string> { ["stdout"] = "changed" }]);
            return FakeSession.End(0);
        });
        await RunAsync(session, Looped(new StepLoop("", List: new LoopList(Refer("build.Ask.outputs[0].stdout"), ';'))));
        Assert.Equal(["0 'x'", "1 'y z'"], session.Done);
        _book.Add(Step("Ask"), [new Dictionary<string, string> { ["stdout"] = "" }]);
        var outcome = await RunAsync(session, Looped(new StepLoop("", List: new LoopList(Refer("build.Ask.outputs[0].stdout"), ';'))));
        Assert.Equal((StepStatus.Success, 2), (outcome.Status, session.Done.Count));
    }

    [Fact]
    public async Task A_list_that_no_step_left_fails_the_step_with_the_reference()
    {
        var outcome = await RunAsync(new FakeSession((_, _) => FakeSession.End(0)), Looped(new StepLoop("", ForEach: [Refer("build.Ask.outputs[0].stdout")])));
        Assert.Equal((StepStatus.Failed, "IB4102"), (outcome.Status, outcome.Problem?.Code));
    }

    [Theory]
    [InlineData("holds", OnCondition.Execute, OnCondition.Skip, StepStatus.Success)]
    [InlineData("does not hold", OnCondition.Execute, OnCondition.Skip, StepStatus.Skipped)]
    [InlineData("holds", OnCondition.Skip, OnCondition.Execute, StepStatus.Skipped)]
    [InlineData("does not hold", OnCondition.Skip, OnCondition.Execute, StepStatus.Success)]
    [InlineData("holds", OnCondition.Abort, OnCondition.Execute, StepStatus.Failed)]
    [InlineData("does not hold", OnCondition.Execute, OnCondition.Abort, StepStatus.Failed)]
    public async Task A_condition_decides_what_becomes_of_the_step(string said, OnCondition then, OnCondition otherwise, string status)
    {
        var session = new FakeSession((_, script) => script == "test" ? Said(said) : FakeSession.End(0));
        var outcome = await RunAsync(session, Step() with { If = new StepCondition(Script.Of("test"), then, otherwise), MaxAttempts = 3 });
        Assert.Equal((status, status == StepStatus.Success ? 2 : 1), (outcome.Status, session.Done.Count));
        Assert.Equal(status == StepStatus.Success ? 1 : 0, outcome.Attempts);
    }

    [Theory]
    [InlineData(OnFailure.Abort, StepStatus.Failed)]
    [InlineData(OnFailure.Continue, StepStatus.Failed)]
    [InlineData(OnFailure.Ignore, StepStatus.IgnoredFailure)]
    public async Task An_Abort_of_a_condition_is_a_failure_of_which_onFailure_decides(OnFailure onFailure, string status) => Assert.Equal(status,
        (await RunAsync(new FakeSession((_, _) => Said("holds")), Step() with { If = new StepCondition(Script.Of("test"), OnCondition.Abort), OnFailure = onFailure })).Status);

    [Fact]
    public async Task A_condition_is_decided_once_whatever_restarts_attempts_and_iterations_follow()
    {
        var codes = new Queue<int>([194, 1, 0, 0, 0]);
        var session = new FakeSession((_, script) => script == "test" ? Said("holds") : FakeSession.End(codes.Dequeue()));
        var outcome = await RunAsync(session, Step() with { If = new StepCondition(Script.Of("test")), Loop = s_abc, MaxAttempts = 2 });
        Assert.Equal((StepStatus.Success, 1), (outcome.Status, session.Done.Count(d => d == "test")));
    }

    [Fact]
    public async Task A_condition_that_cannot_be_decided_fails_the_step()
    {
        var outcome = await RunAsync(new FakeSession((_, _) => FakeSession.End(127)), Step() with { If = new StepCondition(Script.Of("test"), Else: OnCondition.Execute) });
        Assert.Equal((StepStatus.Failed, "Its `if` could not be decided: exit code 127."), (outcome.Status, outcome.Message));
    }

    [Fact]
    public async Task What_a_skipped_step_would_have_left_has_no_value()
    {
        var runner = Runner();
        var outcomes = await runner.RunAllAsync(new FakeSession((_, script) => script == "test" ? Said("no") : FakeSession.End(0)),
        [
            Step("First") with { If = new StepCondition(Script.Of("test")) },
            Step("Second") with { Script = Refer("build.First.outputs[0].stdout"), OnFailure = OnFailure.Continue },
            Step("Third"),
        ], _book, TestContext.Current.CancellationToken);
        Assert.Equal([StepStatus.Skipped, StepStatus.Failed, StepStatus.Success], outcomes.Select(o => o.Status));
        Assert.Equal(StepStatus.Failed, StepStatus.Of(outcomes.Select(o => o.Status)));
    }

    [Theory]
    [InlineData(StepStatus.Success)]
    [InlineData(StepStatus.Success, StepStatus.Success, StepStatus.Skipped)]
    [InlineData(StepStatus.SuccessWithIgnoredFailure, StepStatus.Success, StepStatus.IgnoredFailure)]
    [InlineData(StepStatus.SuccessWithIgnoredFailure, StepStatus.SuccessWithIgnoredFailure, StepStatus.Success)]
    [InlineData(StepStatus.Failed, StepStatus.IgnoredFailure, StepStatus.Failed, StepStatus.Success)]
    public void A_whole_has_the_status_that_its_parts_make(string whole, params string[] parts) => Assert.Equal(whole, StepStatus.Of(parts));

    [Fact]
    public async Task Secrets_reach_scripts_and_no_log()
    {
        const string secret = "top secret\nsecond line";
        var session = new FakeSession((_, script) => FakeSession.End(0, $"I was told {secret}, twice: top secret"));
        var outcome = await RunAsync(session, Step() with
        {
            Script = new Script([new("say "), new("{{ aws:ssm:/s }}", "aws:ssm:/s", Quoted: true)]),
            Secrets = [new StepSecret("/s", "1")],
            Inputs = [new Dictionary<string, Script> { ["text"] = new([new("{{ aws:ssm:/s }}", "aws:ssm:/s")]) }],
        }, new FakeStore(secret));
        Assert.Equal($"say '{secret}'", Assert.Single(session.Done));
        Assert.Equal("***", outcome.Inputs[0]["text"]);
        var log = await File.ReadAllTextAsync(outcome.Log, TestContext.Current.CancellationToken);
        Assert.Equal("I was told ***\n***, twice: ***\n", log);
        Assert.DoesNotContain(outcome.Tail, l => l.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_that_changed_since_the_plan_was_made_is_not_used()
    {
        var session = new FakeSession((_, _) => FakeSession.End(0));
        var problem = await Assert.ThrowsAsync<ProblemException>(() => RunAsync(session, Step() with { Secrets = [new StepSecret("/s", "2")] }, new FakeStore("x")));
        Assert.Equal(("IB4107", 0), (problem.Problems[0].Code, session.Done.Count));
    }

    private StepRunner Runner(IParameterStore? store = null) => new("Customize", _folder, new NoReport(), _clock) { Parameters = store ?? new FakeStore("") };

    private Task<StepOutcome> RunAsync(FakeSession session, PlannedStep step, IParameterStore? store = null) =>
        Runner(store).RunAsync(session, step, 1, _book, TestContext.Current.CancellationToken);

    private static ScriptRun Said(string how) =>
        new(0, TimedOut: false, TimeSpan.Zero, [new Dictionary<string, string> { [StepCondition.Output] = how }], "");

    private static Script Refer(string reference) => new([new ScriptPart("{{ … }}", reference)]);

    private static PlannedStep Looped(StepLoop loop) => Step() with
    {
        Loop = loop,
        Script = new Script([new("{{ loop.index }}", StepLoop.IndexAt(0)), new(" "), new("{{ loop.value }}", StepLoop.ValueAt(0), Quoted: true)]),
        Inputs = [new Dictionary<string, Script> { ["text"] = new([new("value "), new("{{ loop.value }}", StepLoop.ValueAt(0))]) }],
    };

    private static PlannedStep Step(string name = "Step") => new()
    {
        Component = "app",
        ComponentVersion = "1.0.0",
        Phase = "build",
        Name = name,
        Action = "ExecuteBash",
        Script = Script.Of("run"),
        At = new Place("components/app/1.0.0/component.yml", 7, 3),
    };

    private sealed class FakeStore(string value) : IParameterStore
    {
        public Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel) =>
            Task.FromResult<StoredParameter?>(new StoredParameter(name, IsSecret: true, reveal ? value : null, "1"));

        public Task PutAsync(string name, string value, string type, CancellationToken cancel) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancel) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> UsingAsync(string value, CancellationToken cancel) => throw new NotSupportedException();
    }
}
