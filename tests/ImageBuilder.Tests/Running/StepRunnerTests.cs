using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;
using ImageBuilder.Running;

namespace ImageBuilder.Tests.Running;

public sealed class StepRunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("steps").FullName;
    private readonly OutputBook _book = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_failing_step_is_tried_as_often_as_it_says()
    {
        var session = new Session(1, 1, 0);

        var outcome = await RunAsync(session, Step("a") with { MaxAttempts = 3 });

        Assert.Equal((StepStatus.Success, 3), (outcome.Status, session.Scripts.Count));
    }

    [Theory]
    [InlineData(OnFailure.Abort, StepStatus.Failed, 1)]
    [InlineData(OnFailure.Continue, StepStatus.Failed, 2)]
    [InlineData(OnFailure.Ignore, StepStatus.IgnoredFailure, 2)]
    public async Task What_follows_a_failure_is_what_onFailure_says(OnFailure onFailure, string status, int ran)
    {
        var session = new Session(1, 0);

        var outcomes = await Runner().RunAllAsync(session, [Step("a") with { OnFailure = onFailure }, Step("b")], _book, TestContext.Current.CancellationToken);

        Assert.Equal((status, ran), (outcomes[0].Status, session.Scripts.Count));
    }

    [Fact]
    public async Task Exit_code_194_restarts_and_runs_the_same_step_again_without_using_up_an_attempt()
    {
        var session = new Session(194, 194, 0);

        var outcome = await RunAsync(session, Step("a"));

        Assert.Equal((StepStatus.Success, 3, 2), (outcome.Status, session.Scripts.Count, session.Reboots));
    }

    [Fact]
    public async Task A_step_that_asks_for_restarts_for_ever_fails_in_the_end()
    {
        var session = new Session([.. Enumerable.Repeat(194, 100)]);

        var outcome = await RunAsync(session, Step("a"));

        Assert.Equal((StepStatus.Failed, 10), (outcome.Status, session.Reboots));
    }

    [Fact]
    public async Task Outputs_of_earlier_steps_are_filled_in_quoted_where_they_are_data()
    {
        var session = new Session(0, 0) { Output = "it's; $(touch /pwned)" };
        await RunAsync(session, Step("First"));

        await RunAsync(session, Step("Second") with
        {
            Script = new Script([new("echo "), new("{{ x }}", "build.First.outputs[0].stdout", Quoted: true), new(" "), new("{{ x }}", "build.First.outputs.stdout")]),
        });

        Assert.Equal(@"echo 'it'\''s; $(touch /pwned)' it's; $(touch /pwned)", session.Scripts[^1]);
    }

    [Fact]
    public async Task A_reference_without_value_names_the_step_that_made_it()
    {
        var step = Step("Second") with { Script = new Script([new("{{ x }}", "build.First.outputs[3].stdout")]) };

        var problem = StepRunner.Describe(await RunAsync(new Session(0), step));

        Assert.Equal(("IB4102", step.At), (problem.Code, problem.At));
    }

    [Fact]
    public void A_log_keeps_its_beginning_and_its_end_when_a_step_writes_without_end()
    {
        var path = Path.Combine(_folder, "x.log");
        using (var log = new StepLog(path, limit: 1000))
            for (var i = 0; i < 10_000; i++) log.Write($"line {i}");

        var lines = File.ReadAllLines(path);
        Assert.Equal(("line 0", "line 9999"), (lines[0], lines[^1]));
        Assert.Contains(lines, l => l.Contains("lines left out", StringComparison.Ordinal));
        Assert.True(lines.Length < 400);
    }

    private StepRunner Runner() => new("Customize", _folder, new Nothing(), TimeProvider.System);

    private Task<StepOutcome> RunAsync(Session session, PlannedStep step) => Runner().RunAsync(session, step, 1, _book, TestContext.Current.CancellationToken);

    private static PlannedStep Step(string name) => new()
    {
        Component = "nginx",
        ComponentVersion = "1.0.0",
        Phase = "build",
        Name = name,
        Action = "ExecuteBash",
        Script = Script.Of("true"),
        At = new Place("components/nginx/1.0.0/component.yml", 7, 3),
    };

    private sealed class Nothing : IReport
    {
        public void Write(BuildEvent happened) { }
    }

    private sealed class Session(params int[] exits) : IImageSession
    {
        public List<string> Scripts { get; } = [];

        public int Reboots { get; private set; }

        public string Output { get; init; } = "";

        public Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
        {
            line(Output);
            Scripts.Add(script);
            return Task.FromResult(new ScriptRun(exits[Scripts.Count - 1], false, TimeSpan.FromSeconds(1), [new Dictionary<string, string> { ["stdout"] = Output }], ""));
        }

        public Task RebootAsync(Action<string> line, CancellationToken cancel)
        {
            Reboots++;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
