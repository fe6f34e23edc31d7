using CsCheck;
using ImageBuilder.Model;
using ImageBuilder.Running;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Running;

/// <summary>Whole documents, planned and then run by bash.</summary>
public sealed class DocumentRunTests : IDisposable
{
    private const string Hostile = "$(touch pwned) ; '\"{{ x }}";

    private readonly TestRepository _repository = new();
    private readonly string _root = Directory.CreateTempSubdirectory("imagebuilder-root-").FullName;
    private readonly OutputBook _book = new();
    private int _restarts;

    public void Dispose()
    {
        _repository.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Values_of_loops_arrive_as_they_are_in_inputs_and_as_text_in_commands()
    {
        await RunAsync("""
            - name: Write
              action: CreateFile
              loop: { name: each, forEach: [plain, "$(touch pwned) ; '\"{{ x }}", "two\nlines"] }
              inputs: [{ path: "ROOT/{{ loop.index }}", content: "{{ each.value }}" }]
            - name: Count
              action: ExecuteBash
              loop: { for: { start: 3, end: -1, updateBy: -2 } }
              inputs: { commands: ["echo $(({{ loop.value }} * 2)) at {{ loop.index }}"] }
            """.Replace("{{ x }}", "{{{ x }}}", StringComparison.Ordinal));
        Assert.Equal(["plain", Hostile.Replace("{{ x }}", "{{{ x }}}", StringComparison.Ordinal), "two\nlines"], ReadAll("0", "1", "2"));
        Assert.Equal("6 at 0\n2 at 1\n-2 at 2", _book.Find("app", "build.Count.outputs[0].stdout"));
        Assert.False(File.Exists(At("pwned")));
    }

    [Fact]
    public async Task A_list_from_an_earlier_step_is_gone_through_when_the_loop_runs()
    {
        await RunAsync("""
            - { name: Ask, action: ExecuteBash, inputs: { commands: ["printf 'a b\\n$(touch pwned)\\nc\\n'"] } }
            - name: Make
              action: CreateFile
              loop: { forEach: { list: "{{ build.Ask.outputs.stdout }}", delimiter: "\n" } }
              inputs: [{ path: "ROOT/made{{ loop.index }}", content: "<{{ loop.value }}>" }]
            - { name: Tell, action: ExecuteBash, inputs: { commands: ["echo '{{ build.Make.inputs[0].path }}'"] } }
            """);
        Assert.Equal(["<a b>", "<$(touch pwned)>", "<c>"], ReadAll("made0", "made1", "made2"));
        Assert.Equal(At("made{{ loop.index }}"), _book.Find("app", "build.Tell.outputs.stdout"));
        Assert.False(File.Exists(At("pwned")));
    }

    [Fact]
    public async Task Inputs_that_decide_what_a_script_does_may_come_from_steps_and_loops()
    {
        var outcomes = await RunAsync("""
            - { name: Ask, action: CreateFile, inputs: [{ path: ROOT/no, content: "No\n" }, { path: ROOT/kept, content: kept }] }
            - { name: Tell, action: ReadFile, inputs: [{ path: ROOT/no }] }
            - name: Encode
              action: CreateFile
              loop: { forEach: [utf8, UTF-16-be, utf32] }
              inputs: [{ path: "ROOT/{{ loop.value }}", content: "ä", encoding: "{{ loop.value }}" }]
            - name: Keep
              action: CreateFile
              onFailure: Ignore
              inputs: [{ path: ROOT/made, content: made }, { path: ROOT/kept, content: gone, overwrite: "{{ build.Tell.outputs.content }}" }]
            - { name: Hostile, action: ExecuteBash, inputs: { commands: ["printf '%s' \"$(printf '$(touch pwned) ; %s\"{{{ x }}}' \"'\")\""] } }
            - { name: Refuse, action: DeleteFolder, onFailure: Ignore, inputs: [{ path: ROOT/nothing, force: "{{ build.Hostile.outputs.stdout }}" }] }
            """);
        Assert.Equal(["c3-a4", "00-e4", "e4-00-00-00"], ((string[])["utf8", "UTF-16-be", "utf32"]).Select(f => Convert.ToHexStringLower(File.ReadAllBytes(At(f))))
            .Select(h => string.Join('-', h.Chunk(2).Select(c => new string(c)))));
        Assert.Equal(["made", "kept"], ReadAll("made", "kept"));
        Assert.Equal([StepStatus.IgnoredFailure, StepStatus.Success, StepStatus.IgnoredFailure], outcomes.Skip(3).Select(o => o.Status));
        Assert.Contains(outcomes[5].Tail, l => l.Contains("is not a value for force of DeleteFolder: expected is true or false", StringComparison.Ordinal));
        Assert.False(File.Exists(At("pwned")));
    }

    [Fact]
    public async Task Files_of_the_component_are_found_for_each_value()
    {
        _repository.With("components/app/1.0.0/files/a.conf", "A").With("components/app/1.0.0/files/b.conf", "B");
        await RunAsync("""
            - name: Copy
              action: CopyFile
              loop: { forEach: [a, b] }
              inputs: [{ source: "files/{{ loop.value }}.conf", destination: "ROOT/etc/" }]
            """);
        Assert.Equal(["A", "B"], ReadAll("etc/a.conf", "etc/b.conf"));
    }

    [Fact]
    public async Task Conditions_look_at_what_earlier_steps_left()
    {
        var outcomes = await RunAsync("""
            - { name: Ask, action: ExecuteBash, inputs: { commands: ["echo \"$(printf '%s' 'it'\\''s')\""] } }
            - { name: Yes, action: CreateFile, if: { stringEquals: "it's", value: "{{ build.Ask.outputs.stdout }}" }, inputs: [{ path: ROOT/yes }] }
            - { name: No, action: CreateFile, if: { not: { fileExists: ROOT/yes } }, inputs: [{ path: ROOT/no }] }
            - name: Both
              action: CreateFile
              if: { and: [{ fileExists: ROOT/yes }, { not: [{ fileExists: ROOT/no }] }], then: Skip, else: Abort }
              inputs: [{ path: ROOT/both }]
            - { name: Stop, action: CreateFile, if: { patternMatches: "^it's$", value: "{{ build.Ask.outputs.stdout }}", then: Abort }, inputs: [{ path: ROOT/stop }] }
            - { name: After, action: CreateFile, inputs: [{ path: ROOT/after }] }
            """);
        Assert.Equal([StepStatus.Success, StepStatus.Success, StepStatus.Skipped, StepStatus.Skipped, StepStatus.Failed], outcomes.Select(o => o.Status));
        Assert.Equal(["yes"], Directory.EnumerateFiles(_root).Select(f => Path.GetFileName(f)).Except(["script"]));
    }

    [Fact]
    public async Task A_step_restarts_and_runs_again_and_Reboot_goes_on_with_the_next()
    {
        await RunAsync("""
            - { name: Again, action: ExecuteBash, inputs: { commands: ["echo run >> runs", "[ $(wc -l < runs) -ge 3 ] || exit 3010"] } }
            - { name: Restart, action: Reboot }
            - { name: Next, action: ExecuteBash, inputs: { commands: ["echo next >> runs"] } }
            """);
        Assert.Equal(("run\nrun\nrun\nnext\n", 3), (Read("runs"), _restarts));
    }

    [Fact]
    public async Task Failures_are_kept_as_onFailure_says()
    {
        var outcomes = await RunAsync("""
            - { name: Ignored, action: ExecuteBash, onFailure: Ignore, maxAttempts: 2, inputs: { commands: ["echo x >> tries; exit 1"] } }
            - { name: Late, action: ExecuteBash, onFailure: Ignore, timeoutSeconds: 1, inputs: { commands: [sleep 60] } }
            - { name: Continued, action: ExecuteBash, onFailure: Continue, inputs: { commands: ["exit 2"] } }
            - { name: Aborted, action: ExecuteBash, inputs: { commands: ["exit 3"] } }
            - { name: Never, action: ExecuteBash, inputs: { commands: ["touch never"] } }
            """);
        Assert.Equal([StepStatus.IgnoredFailure, StepStatus.IgnoredFailure, StepStatus.Failed, StepStatus.Failed], outcomes.Select(o => o.Status));
        Assert.Equal(["It ended with exit code 1.", "It did not end within its timeoutSeconds of 1.", "It ended with exit code 2.", "It ended with exit code 3."],
            outcomes.Select(o => o.Message));
        Assert.Equal(("x\nx\n", 2), (Read("tries"), outcomes[0].Attempts));
        Assert.Equal(StepStatus.SuccessWithIgnoredFailure, StepStatus.Of(outcomes.Take(2).Select(o => o.Status)));
    }

    [Fact]
    public async Task The_steps_of_a_document_run_in_its_place_with_values_of_their_own()
    {
        _repository.With("components/app/1.0.0/docs/inner.yml", """
            schemaVersion: 1.0
            name: inner
            parameters:
              - Text: { type: string }
              - Name: { type: string, default: default }
            phases:
              - name: build
                steps:
                  - { name: Ask, action: ExecuteBash, inputs: { commands: ["echo inner"] } }
                  - name: Each
                    action: CreateFile
                    loop: { forEach: ["{{ Text }}", "{{ build.Ask.outputs.stdout }}"] }
                    inputs: [{ path: "ROOT/{{ Name }}{{ loop.index }}", content: "{{ loop.value }}" }]
              - name: anything
                steps:
                  - { name: Say, action: ExecuteBash, onFailure: Ignore, inputs: { commands: ["echo said; exit 5"] } }
            """.Replace("ROOT", _root, StringComparison.Ordinal));
        var outcomes = await RunAsync("""
            - { name: Ask, action: ExecuteBash, inputs: { commands: ["echo \"outer's \\$(touch pwned)\""] } }
            - { name: Run, action: ExecuteDocument, inputs: { document: docs/inner.yml, parameters: [{ name: Text, value: "{{ build.Ask.outputs.stdout }}" }] } }
            - name: Loop
              action: ExecuteDocument
              loop: { forEach: { list: "x,{{ build.Ask.outputs.stdout }}" } }
              inputs: { document: docs/inner.yml, phases: build, parameters: [{ name: Name, value: "n{{ loop.index }}-" }, { name: Text, value: "{{ loop.value }}" }] }
            - name: Ask2
              action: ExecuteBash
              inputs: { commands: ["echo '{{ build.Run.outputs[0].status }} {{ build.Run.outputs[0].executedStepCount }} {{ build.Loop.outputs.failedStepCount }}'"] }
            """);
        Assert.All(outcomes, o => Assert.Equal(StepStatus.Success, o.Status));
        Assert.Equal(["outer's $(touch pwned)", "inner", "x", "inner", "outer's $(touch pwned)", "inner"],
            ReadAll("default0", "default1", "n0-0", "n0-1", "n1-0", "n1-1"));
        Assert.Equal("SuccessWithIgnoredFailure 3 0\n0", _book.Find("app", "build.Ask2.outputs.stdout"));
        var document = Assert.Single(outcomes[1].Documents);
        Assert.Equal(("inner", "components/app/1.0.0/docs/inner.yml", StepStatus.SuccessWithIgnoredFailure), (document.Name, document.File, document.Status));
        Assert.Equal(["build:success", "anything:SuccessWithIgnoredFailure"], document.Phases.Select(p => $"{p.Name}:{p.Status}"));
        Assert.Equal("app/build/Run/anything/Say", document.Phases[1].Steps[0].Step.Id);
        Assert.Equal(2, outcomes[2].Documents.Count);
        Assert.False(File.Exists(At("pwned")));
    }

    [Fact]
    public async Task A_document_that_fails_fails_its_step_and_leaves_out_what_follows()
    {
        _repository.With("components/app/1.0.0/inner.yml", """
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: First, action: ExecuteBash, inputs: { commands: ["echo broken; exit 4"] } }
                  - { name: Second, action: ExecuteBash, inputs: { commands: ["touch second"] } }
              - name: validate
                steps:
                  - { name: Third, action: ExecuteBash, inputs: { commands: ["touch third"] } }
            """);
        var outcomes = await RunAsync("""
            - { name: Run, action: ExecuteDocument, onFailure: Continue, inputs: { document: inner.yml } }
            - { name: After, action: ExecuteBash, inputs: { commands: ["touch after"] } }
            """);
        Assert.Equal((StepStatus.Failed, "Step First: It ended with exit code 4."), (outcomes[0].Status, outcomes[0].Documents[0].Message));
        Assert.Contains("broken", outcomes[0].Tail);
        Assert.Equal(["after"], Directory.EnumerateFiles(_root).Select(f => Path.GetFileName(f)).Except(["script"]));
    }

    [Fact]
    public Task Operators_of_if_are_those_of_Assert_with_any_text() => Gen.Select(Gen.String[Gen.Char[" aB'\"$`\\*;&(){}[]é😀\t"], 0, 6],
        Gen.String[Gen.Char[" aB'\"$`\\*;&(){}[]é😀\t"], 0, 6]).SampleAsync(async (one, two) =>
    {
        if (one.Any(char.IsSurrogate) || two.Any(char.IsSurrogate)) return;
        var plan = _repository.WithApp($$$"""
            schemaVersion: 1.0
            parameters:
              - One: { type: string, default: {{{System.Text.Json.JsonSerializer.Serialize(one)}}} }
              - Two: { type: string, default: {{{System.Text.Json.JsonSerializer.Serialize(two)}}} }
            phases:
              - name: build
                steps:
                  - { name: Same, action: ExecuteBash, if: { stringEquals: "{{ One }}", value: "{{ Two }}" }, inputs: { commands: ["true"] } }
                  - { name: Less, action: ExecuteBash, if: { not: { stringGreaterThanEquals: "{{ One }}", value: "{{ Two }}" } }, inputs: { commands: ["true"] } }
                  - { name: Greater, action: ExecuteBash, if: { stringGreaterThan: "{{ One }}", value: "{{ Two }}" }, inputs: { commands: ["true"] } }
                  - { name: Empty, action: ExecuteBash, if: { or: [{ stringIsEmpty: "{{ One }}" }, { stringIsWhitespace: "{{ One }}" }] }, inputs: { commands: ["true"] } }
            """).Plan();
        var ran = (await RunAsync(plan)).Select(o => o.Status == StepStatus.Success).ToList();
        Assert.Equal([one == two, ran[1], ran[2], string.IsNullOrWhiteSpace(one)], ran);
        Assert.Equal(!string.Equals(one, two, StringComparison.OrdinalIgnoreCase), ran[1] != ran[2] && (ran[1] || ran[2]));
    }, iter: 6, threads: 1);

    private string At(string name) => Path.Combine(_root, name);

    private string Read(string name) => File.ReadAllText(At(name));

    private IEnumerable<string> ReadAll(params IEnumerable<string> names) => names.Select(Read);

    // Steps of a build phase, indented by nothing; ROOT is the folder they run in.
    private Task<IReadOnlyList<StepOutcome>> RunAsync(string steps) => RunAsync(_repository.WithApp($"""
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              {steps.Replace("\n", "\n      ", StringComparison.Ordinal).Replace("ROOT", _root, StringComparison.Ordinal)}
        """).Plan());

    private async Task<IReadOnlyList<StepOutcome>> RunAsync(Plan plan)
    {
        var session = new BashSession(_root, _repository.Root);
        var runner = new StepRunner("Customize", Path.Combine(_repository.Root, "logs"), new NoReport(), TimeProvider.System);
        var outcomes = await runner.RunAllAsync(session, plan.Build, _book, TestContext.Current.CancellationToken);
        _restarts = session.Restarts;
        return outcomes;
    }
}
