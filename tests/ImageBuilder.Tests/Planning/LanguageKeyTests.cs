using System.Text.Json;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Tests.Planning;

/// <summary>Layer keys and the plan's files, for steps with loops, conditions and documents.</summary>
public sealed class LanguageKeyTests : IDisposable
{
    private const string App = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Step
                action: CreateFile
                onFailure: Ignore
                timeoutSeconds: 60
                if: { fileExists: /a, then: Execute, else: Skip }
                loop: { forEach: [a, b] }
                inputs: [{ path: "/{{ loop.value }}" }]
              - name: Run
                action: ExecuteDocument
                inputs: { document: inner.yml, phases: build, parameters: [{ name: Text, value: x }] }
              - { name: Last, action: ExecuteBash, timeoutSeconds: 60, maxAttempts: 2, onFailure: Continue, inputs: { commands: ["true"] } }
        """;

    private const string Inner = """
        schemaVersion: 1.0
        parameters:
          - Text: { type: string }
        phases:
          - name: build
            steps:
              - { name: Write, action: CreateFile, inputs: [{ path: /inner, content: "{{ Text }}" }] }
          - name: more
            steps:
              - { name: More, action: ExecuteBash, inputs: { commands: [echo more] } }
        """;

    private readonly TestRepository _repository = new TestRepository().WithApp(App).With("components/app/1.0.0/inner.yml", Inner);

    public void Dispose() => _repository.Dispose();

    [Theory]
    [InlineData("[a, b]", "[a, b, c]", 0)]
    [InlineData("[a, b]", "[\"a, b\"]", 0)]
    [InlineData("{ forEach: [a, b] }", "{ for: { start: 1, end: 2, updateBy: 1 } }", 0)]
    [InlineData("\n        loop: { forEach: [a, b] }", "", 0)]
    [InlineData("loop.value", "loop.index", 0)]
    [InlineData("fileExists: /a", "fileExists: /b", 0)]
    [InlineData("fileExists: /a", "not: { fileExists: /a }", 0)]
    [InlineData("then: Execute, else: Skip", "then: Skip, else: Execute", 0)]
    [InlineData("else: Skip", "else: Abort", 0)]
    [InlineData("\n        if: { fileExists: /a, then: Execute, else: Skip }", "", 0)]
    [InlineData("onFailure: Ignore", "onFailure: Abort", 0)]
    [InlineData("timeoutSeconds: 60\n", "timeoutSeconds: 61\n", 0)]
    [InlineData("value: x", "value: y", 1)]
    [InlineData("phases: build, ", "", 1)]
    [InlineData("timeoutSeconds: 60, maxAttempts: 2, onFailure: Continue", "timeoutSeconds: 61, maxAttempts: 3", 3)]
    [InlineData("then: Execute, else: Skip", "else: Skip", 3)]
    [InlineData("name: Step", "name: Other", 3)]
    public void A_key_changes_with_what_can_change_the_layer_and_with_nothing_else(string text, string instead, int stay)
    {
        var before = _repository.Plan();
        Assert.Contains(text, App, StringComparison.Ordinal);
        var after = _repository.WithApp(App.Replace(text, instead, StringComparison.Ordinal)).Plan();
        Assert.Equal(stay, before.Build.Zip(after.Build, (a, b) => a.Key == b.Key).TakeWhile(same => same).Count());
        Assert.Equal(stay == 3, before.Stages.Disk == after.Stages.Disk);
    }

    [Theory]
    [InlineData("/inner", "/other", 1)]
    [InlineData("name: Write", "name: Other", 3)]
    [InlineData("echo more", "echo other", 3)]
    public void A_key_changes_with_what_of_a_document_is_run(string text, string instead, int stay)
    {
        var before = _repository.Plan();
        var after = _repository.With("components/app/1.0.0/inner.yml", Inner.Replace(text, instead, StringComparison.Ordinal)).Plan();
        Assert.Equal(stay, before.Build.Zip(after.Build, (a, b) => a.Key == b.Key).TakeWhile(same => same).Count());
        Assert.Equal(stay == 3, before.Digest == after.Digest);
    }

    [Fact]
    public async Task The_plans_folder_shows_conditions_loops_and_the_steps_of_documents()
    {
        var plan = _repository.Plan();
        await PlanFolder.WriteAsync(plan, _repository.Artifacts, TestContext.Current.CancellationToken);
        Assert.Equal(["001-build-app-Step.if.sh", "001-build-app-Step.sh", "002-build-app-Run-001-build-Write.sh", "002-build-app-Run.sh", "003-build-app-Last.sh"],
            Directory.EnumerateFiles(Path.Combine(_repository.Artifacts, "scripts")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        var json = await File.ReadAllTextAsync(Path.Combine(_repository.Artifacts, "plan.json"), TestContext.Current.CancellationToken);
        var read = JsonSerializer.Deserialize(json, RecordJson.Default.Plan)!; // it was written just now
        Assert.Equal(("for each of [a, b]", OnCondition.Skip), (read.Build[0].Loop?.ToString(), read.Build[0].If?.Else));
        Assert.Equal(["app/build/Run/build/Write"], read.Build[1].Documents[0].Phases[0].Steps.Select(s => s.Id));
        Assert.True(await PlanFolder.WriteAsync(plan, _repository.Artifacts, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_component_may_be_JSON_and_has_one_document()
    {
        _repository.With("components/app/2.0.0/component.json", """
            { "schemaVersion": "1.0", "phases": [ { "name": "build", "steps": [ { "name": "S", "action": "ExecuteBash", "inputs": { "commands": ["true"] } } ] } ] }
            """);
        Assert.Equal("components/app/2.0.0/component.json:1:69", _repository.Plan().Build[0].At.ToString());
        _repository.With("components/app/2.0.0/component.yml", App.Replace("inner.yml", "none.yml", StringComparison.Ordinal));
        Assert.Equal(["IB1509", "IB1243"], _repository.Problems().Where(p => p.Severity == Severity.Error).Select(p => p.Code));
    }
}
