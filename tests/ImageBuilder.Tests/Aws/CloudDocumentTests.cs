using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Running;
using ImageBuilder.Tests.Planning;
using ImageBuilder.Tests.Running;

namespace ImageBuilder.Tests.Aws;

/// <summary>Documents in buckets and accounts that steps run, from the step to what they do, with AWS's own client.</summary>
public sealed class CloudDocumentTests : IDisposable
{
    private readonly S3Server _objects = new();
    private readonly ComponentServer _components = new();
    private readonly TestRepository _repository = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public CloudDocumentTests()
    {
        _objects.Put("documents/hello.yml", Document("- Who: { type: string }", "{ name: Write, action: CreateFile, inputs: [{ path: hello, content: 'Hello {{ Who }}' }] }"));
        _components.Put("hello", Document("- Who: { type: string }", "{ name: Write, action: CreateFile, inputs: [{ path: account, content: 'Hello {{ Who }}' }] }"));
    }

    public void Dispose()
    {
        _objects.Dispose();
        _components.Dispose();
        _repository.Dispose();
    }

    [Fact]
    public async Task Documents_of_buckets_and_accounts_run_with_their_parameters()
    {
        var plan = await PlanAsync($$$"""
            - name: Bucket
              action: ExecuteDocument
              inputs: { document: "s3://my-bucket/documents/{{ Which }}.yml", parameters: [{ name: Who, value: "$(touch pwned) ; '\"{{ Which }}" }] }
            - name: Account
              action: ExecuteDocument
              loop: { forEach: [hello] }
              inputs: { document: "{{{ComponentServer.Arn("{{ loop.value }}")}}}", parameters: [{ name: Who, value: "{{ loop.index }}" }] }
            """);
        var root = Directory.CreateDirectory(Path.Combine(_repository.Root, "root")).FullName;
        var runner = new StepRunner("Customize", Path.Combine(_repository.Root, "logs"), new NoReport(), TimeProvider.System);
        var outcomes = await runner.RunAllAsync(new BashSession(root, _repository.Root), plan.Build, new OutputBook(), Cancel);
        Assert.All(outcomes, o => Assert.Equal(StepStatus.Success, o.Status));
        Assert.Equal("Hello $(touch pwned) ; '\"hello", await File.ReadAllTextAsync(Path.Combine(root, "hello"), Cancel));
        Assert.Equal("Hello 0", await File.ReadAllTextAsync(Path.Combine(root, "account"), Cancel));
        Assert.False(File.Exists(Path.Combine(root, "pwned")));
        Assert.Equal("s3://my-bucket/documents/hello.yml", outcomes[0].Documents[0].File);
        Assert.Equal(["GET /GetComponent eu-west-1/imagebuilder/aws4_request"], _components.Asked);
    }

    [Fact]
    public async Task Another_content_is_another_key_and_another_comment_is_not()
    {
        const string steps = "- { name: Run, action: ExecuteDocument, inputs: { document: s3://my-bucket/a.yml } }";
        _objects.Put("a.yml", Document("[]", "{ name: Write, action: CreateFile, inputs: [{ path: /a, content: one }] }"));
        var before = await PlanAsync(steps);
        Assert.Equal(before.Digest, (await PlanAsync(steps)).Digest);
        _objects.Put("a.yml", Document("[]", "{ name: Write, action: CreateFile, inputs: [{ path: /a, content: one }] } # why"));
        Assert.Equal(before.TopKey, (await PlanAsync(steps)).TopKey);
        _objects.Put("a.yml", Document("[]", "{ name: Write, action: CreateFile, inputs: [{ path: /a, content: two }] }"));
        var after = await PlanAsync(steps);
        Assert.NotEqual(before.TopKey, after.TopKey);
        Assert.NotEqual(before.Digest, after.Digest);
    }

    [Fact]
    public async Task The_bucket_must_be_the_expected_owners()
    {
        var steps = $"- {{ name: Run, action: ExecuteDocument, inputs: {{ document: s3://my-bucket/a.yml, document-s3-bucket-owner: \"{S3Server.Owner}\" }} }}";
        _objects.Put("a.yml", Document("[]", "{ name: Say, action: ExecuteBash, inputs: { commands: [echo a] } }"));
        Assert.Single((await PlanAsync(steps)).Build[0].Documents);
        Assert.Equal(["IB4152"], await CodesAsync(steps.Replace(S3Server.Owner, "999999999999", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_wrong_is_said_with_its_place_also_inside_of_documents()
    {
        _objects.Put("wrong.yml", Document("[]", "{ name: Say, action: ExecuteBsah, inputs: { commands: [echo a] } }"));
        _objects.Put("circle.yml", Document("[]", "{ name: Again, action: ExecuteDocument, inputs: { document: s3://my-bucket/circle.yml } }"));
        _objects.Put("big.yml", new string('#', 70_000));
        _objects.Put("picture.yml", "\u0089PNG\0\0");
        var problems = (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync($"""
            - {Run("s3://my-bucket/none.yml", 1)}
            - {Run("s3://my-bucket/big.yml", 2)}
            - {Run("s3://my-bucket/wrong.yml", 3)}
            - {Run("s3://my-bucket/circle.yml", 4)}
            - {Run("s3://my-bucket/picture.yml", 5)}
            - {Run(ComponentServer.Arn("none"), 6)}
            - {Run(ComponentServer.Arn("forbidden"), 7)}
            """))).Problems;
        Assert.Equal(
        [
            "IB1270 components/app/1.0.0/component.yml:7", "IB1272 components/app/1.0.0/component.yml:8", "IB1271 components/app/1.0.0/component.yml:12",
            "IB8001 components/app/1.0.0/component.yml:13", "IB1244 s3://my-bucket/circle.yml:5", "IB1024 s3://my-bucket/picture.yml:1", "IB1206 s3://my-bucket/wrong.yml:5",
        ], problems.Select(p => $"{p.Code} {p.At?.File}:{p.At?.Line}"));
    }

    [Fact]
    public async Task A_server_that_does_not_run_is_said()
    {
        _components.Dispose();
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync($"- {Run(ComponentServer.Arn("hello"), 1)}"))).Problems[0];
        Assert.Equal(("IB8007", "Check that AWS_ENDPOINT_URL names a server that runs."), (problem.Code, problem.Fix));
    }

    [Fact]
    public async Task A_component_by_itself_runs_them_too()
    {
        _repository.WithApp(App("- { name: Run, action: ExecuteDocument, inputs: { document: s3://my-bucket/documents/hello.yml, parameters: [{ name: Who, value: me }] } }"));
        var trial = new TrialRequest(Request, Path.Combine(_repository.Root, "components/app/1.0.0/component.yml"), "component.yml", [], []);
        var plan = (await Planner.PlanTrialAsync(trial, Cancel)).Plans[0];
        Assert.Contains("'Hello me'", plan.Build[0].Documents[0].Phases[0].Steps[0].Script.ToString(), StringComparison.Ordinal);
    }

    private Planner Planner => new()
    {
        Distributions = [new FakeDistribution()],
        FormatNames = ["raw"],
        Objects = () => _objects.Store,
        Components = () => _components.Store,
    };

    private PlanRequest Request => new(_repository.Root, [], "local", _repository.Artifacts, null, [], null);

    private async Task<Plan> PlanAsync(string steps)
    {
        _repository.WithApp(App(steps));
        return (await Planner.PlanAsync(Request, Cancel)).Plans[0];
    }

    private async Task<IEnumerable<string>> CodesAsync(string steps) =>
        (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync(steps))).Problems.Select(p => p.Code);

    private static string Run(string document, int number) => $"{{ name: Run{number}, action: ExecuteDocument, inputs: {{ document: \"{document}\" }} }}";

    private static string App(string steps) => $$"""
        schemaVersion: 1.0
        constants:
          - Which: { type: string, value: hello }
        phases:
          - name: build
            steps:
              {{steps.Replace("\n", "\n      ", StringComparison.Ordinal)}}
        """;

    private static string Document(string parameters, string step) => $$"""
        schemaVersion: 1.0
        parameters: {{(parameters == "[]" ? "[]" : $"[{parameters[1..].Trim().Insert(0, "{ ")} }}]")}}
        phases:
          - name: build
            steps: [{{step.Split(" #")[0]}}]{{(step.Contains('#', StringComparison.Ordinal) ? " # why" : "")}}
        """;
}
