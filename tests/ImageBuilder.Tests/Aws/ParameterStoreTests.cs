using System.Text.Json;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Running;
using ImageBuilder.Tests.Planning;
using ImageBuilder.Tests.Running;

namespace ImageBuilder.Tests.Aws;

/// <summary>Expressions that name parameters of an account, from the document to the script, with AWS's own client.</summary>
public sealed class ParameterStoreTests : IDisposable
{
    private const string Secret = "s3cret $(touch pwned) ; '\"{{ x }}";

    private readonly ParameterServer _server = new();
    private readonly TestRepository _repository = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ParameterStoreTests()
    {
        _server.Put("/plain", "String", "a 'plain' {{ value }}");
        _server.Put("/list", "StringList", "x,y");
        _server.Put("/secret", "SecureString", Secret);
        _server.Put("/pointer", "String", "/plain");
    }

    public void Dispose()
    {
        _server.Dispose();
        _repository.Dispose();
    }

    [Fact]
    public async Task A_secret_is_not_revealed_unless_it_is_asked_for()
    {
        Assert.Equal("a 'plain' {{ value }}", (await _server.Store.FindAsync("/plain", reveal: false, Cancel))?.Value);
        var found = await _server.Store.FindAsync("/secret", reveal: false, Cancel);
        Assert.Equal((true, null), (found?.IsSecret, found?.Value));
        Assert.Equal(Secret, (await _server.Store.FindAsync("/secret", reveal: true, Cancel))?.Value);
        Assert.Null(await _server.Store.FindAsync("/none", reveal: false, Cancel));
        Assert.Equal(["/plain", "/secret", "/secret!", "/none"], _server.Asked);
    }

    [Fact]
    public async Task A_version_changes_with_the_value_and_does_not_tell_it()
    {
        var before = (await _server.Store.FindAsync("/secret", reveal: false, Cancel))?.Version;
        Assert.Equal(before, (await _server.Store.FindAsync("/secret", reveal: true, Cancel))?.Version);
        _server.Put("/secret", "SecureString", "other");
        var after = (await _server.Store.FindAsync("/secret", reveal: false, Cancel))?.Version;
        Assert.NotEqual(before, after);
        Assert.Equal("arn:aws:ssm:us-east-1:123456789012:parameter/secret 2 2025-11-24T16:00:02.0000000Z", after);
    }

    [Fact]
    public async Task What_keeps_a_parameter_from_being_read_is_said()
    {
        var denied = await Assert.ThrowsAsync<ProblemException>(() => _server.Store.FindAsync("/forbidden", reveal: false, Cancel));
        Assert.Equal("IB8001", denied.Problems[0].Code);
        _server.Dispose();
        var alone = await Assert.ThrowsAsync<ProblemException>(() => _server.Store.FindAsync("/plain", reveal: false, Cancel));
        Assert.Equal(("IB8007", "Check that AWS_ENDPOINT_URL names a server that runs."), (alone.Problems[0].Code, alone.Problems[0].Fix));
    }

    [Fact]
    public async Task Plain_values_become_text_and_secrets_stay_expressions()
    {
        var plan = await PlanAsync("""
            - name: Plain
              action: CreateFile
              inputs: [{ path: "plain", content: "{{ aws:ssm:/plain }}|{{ aws:ssm:/list }}|{{ aws:ssm:resolve(Which) }}|{{ aws:ssm:resolve(aws:ssm:/pointer) }}" }]
            - name: Secret
              action: CreateFile
              if: { stringEquals: "{{ aws:ssm:/secret }}", value: "{{ aws:ssm:/secret }}" }
              inputs: [{ path: secret, content: "<{{ aws:ssm:/secret }}>" }]
            - name: Show
              action: ExecuteBash
              loop: { forEach: { list: "{{ aws:ssm:/secret }}", delimiter: ";" } }
              inputs: { commands: ["cat <<'END'\n{{ loop.value }} of {{ aws:ssm:/secret }}\nEND"] }
            """);
        var root = Directory.CreateDirectory(Path.Combine(_repository.Root, "root")).FullName;
        var runner = new StepRunner("Customize", Path.Combine(_repository.Root, "logs"), new NoReport(), TimeProvider.System) { Parameters = _server.Store };
        var outcomes = await runner.RunAllAsync(new BashSession(root, _repository.Root), plan.Build, new OutputBook(), Cancel);
        Assert.All(outcomes, o => Assert.Equal(StepStatus.Success, o.Status));
        Assert.Equal("a 'plain' {{ value }}|x,y|a 'plain' {{ value }}|a 'plain' {{ value }}", await File.ReadAllTextAsync(Path.Combine(root, "plain"), Cancel));
        Assert.Equal($"<{Secret}>", await File.ReadAllTextAsync(Path.Combine(root, "secret"), Cancel));
        Assert.False(File.Exists(Path.Combine(root, "pwned")));
        Assert.Equal(2, outcomes[2].Outputs[0]["stdout"].Split('\n').Count(l => l.EndsWith(Secret, StringComparison.Ordinal)));
        foreach (var log in outcomes.Select(o => o.Log)) Assert.DoesNotContain("s3cret", await File.ReadAllTextAsync(log, Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", string.Join('\n', outcomes.SelectMany(o => o.Tail.Concat(o.Inputs.SelectMany(i => i.Values)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_tells_no_secret_and_its_keys_change_with_each_version()
    {
        const string steps = "- { name: Secret, action: CreateFile, inputs: [{ path: /secret, content: \"{{ aws:ssm:/secret }}\" }] }";
        var plan = await PlanAsync(steps);
        await PlanFolder.WriteAsync(plan, _repository.Artifacts, Cancel);
        var files = Directory.EnumerateFiles(_repository.Artifacts, "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        Assert.DoesNotContain(files, text => text.Contains("s3cret", StringComparison.Ordinal));
        Assert.Contains(files, text => text.Contains("'{{ aws:ssm:/secret }}'", StringComparison.Ordinal));
        Assert.DoesNotContain(_server.Asked, name => name.EndsWith('!'));
        Assert.Equal(plan.TopKey, (await PlanAsync(steps)).TopKey);
        _server.Put("/secret", "SecureString", Secret);
        Assert.NotEqual(plan.TopKey, (await PlanAsync(steps)).TopKey);
        Assert.Equal("/secret", JsonSerializer.Deserialize(await File.ReadAllTextAsync(Path.Combine(_repository.Artifacts, "plan.json"), Cancel), RecordJson.Default.Plan)!
            .Build[0].Secrets[0].Name); // it was written just now
    }

    [Fact]
    public async Task All_that_cannot_be_read_is_said_at_once_with_its_place()
    {
        var problems = (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync("""
            - { name: One, action: ExecuteBash, inputs: { commands: ["echo '{{ aws:ssm:/none }}' '{{ aws:ssm:/forbidden/x }}'"] } }
            - { name: Two, action: ExecuteBash, inputs: { commands: ["echo '{{ aws:ssm:resolve(aws:ssm:/secret) }}'"] } }
            """))).Problems;
        Assert.Equal(["IB1413 9:64", "IB8001 9:64", "IB1412 10:64"], problems.Select(p => $"{p.Code} {p.At?.Line}:{p.At?.Column}"));
    }

    [Fact]
    public async Task A_secret_goes_to_an_instance_by_a_bucket_only()
    {
        const string steps = "- { name: Secret, action: ExecuteBash, inputs: { commands: [\"echo '{{ aws:ssm:/secret }}'\"] } }";
        var problem = Assert.Single((await Assert.ThrowsAsync<ProblemException>(() => PlanAsync(steps, "aws"))).Problems);
        Assert.Equal(("IB1146", 9), (problem.Code, problem.At?.Line));
        await PlanAsync(steps, "aws", "aws: { bucket: our-builds }");
        await PlanAsync(steps.Replace("/secret", "/plain", StringComparison.Ordinal), "aws");
    }

    private async Task<Plan> PlanAsync(string steps, string engine = "local", string machine = "")
    {
        _repository.WithApp($"""
            schemaVersion: 1.0
            name: app
            parameters:
              - Which: {"{ type: string, default: /plain }"}
              - Other: {"{ type: string, default: none }"}
            phases:
              - name: build
                steps:
                  {steps.Replace("\n", "\n      ", StringComparison.Ordinal)}
            """);
        if (engine == "aws") _repository.With("recipes/small/recipe.yml",
            TestRepository.Recipe.Replace("local: debian:12", "aws: ami-11111111", StringComparison.Ordinal) + machine + "\n");
        var planner = new Planner { Distributions = [new FakeDistribution()], FormatNames = ["raw"], Parameters = _server.Store };
        return (await planner.PlanAsync(new PlanRequest(_repository.Root, [], engine, _repository.Artifacts, null, [], null), Cancel)).Plans[0];
    }
}
