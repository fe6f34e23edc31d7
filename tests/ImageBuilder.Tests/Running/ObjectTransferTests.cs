using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Reports;
using ImageBuilder.Running;
using ImageBuilder.Tests.Aws;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Running;

/// <summary>S3Download and S3Upload from the document to the bytes: planned, rendered, run by bash, against a server of ours.</summary>
public sealed class ObjectTransferTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("transfer-").FullName;
    private readonly TestRepository _repository = new();
    private readonly S3Server _server = new();
    private readonly List<string> _lines = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _repository.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task One_object_becomes_a_file_and_a_folder_keeps_its_name()
    {
        _server.Put("tools/it's.sh", "echo $HOME");
        Assert.Equal(StepStatus.Success, await DownloadAsync($"{{ source: \"s3://my-bucket/tools/it's.sh\", destination: {In("new/x.sh")} }}",
            $"{{ source: \"s3://my-bucket/tools/it's.sh\", destination: {In("folder")}/, expectedBucketOwner: \"{S3Server.Owner}\" }}"));
        Assert.Equal(("echo $HOME", "echo $HOME"), (Read("new/x.sh"), Read("folder/it's.sh")));
    }

    [Fact]
    public async Task A_prefix_becomes_a_folder_with_all_below_it()
    {
        foreach (var key in (string[])["tools/a", "tools/b c", "tools/deep/er/d", "tools/deep/", "toolsmith"]) _server.Put(key, key);
        Assert.Equal(StepStatus.Success, await DownloadAsync($"{{ source: s3://my-bucket/tools/*, destination: {In("all")} }}"));
        Assert.Equal(["a", "b c", "deep/er/d"], Directory.EnumerateFiles(In("all"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(In("all"), f)).Order(StringComparer.Ordinal));
        Assert.Equal("tools/deep/er/d", Read("all/deep/er/d"));
    }

    [Fact]
    public async Task A_file_that_exists_stays_when_it_must_not_be_overwritten()
    {
        _server.Put("a", "new");
        await File.WriteAllTextAsync(In("a"), "old", Cancel);
        Assert.Equal(StepStatus.Failed, await DownloadAsync($"{{ source: s3://my-bucket/a, destination: {In("a")}, overwrite: false }}"));
        Assert.Equal("old", Read("a"));
        Assert.Contains(_lines, l => l.Contains("File already exists and \"overwrite\" property", StringComparison.Ordinal));
        Assert.Equal(StepStatus.Success, await DownloadAsync($"{{ source: s3://my-bucket/a, destination: {In("a")} }}"));
        Assert.Equal("new", Read("a"));
    }

    [Fact]
    public async Task A_key_that_leads_out_of_the_folder_is_refused()
    {
        _server.Put($"tools//{In("escaped")}", "x");
        Assert.Equal(StepStatus.Failed, await DownloadAsync($"{{ source: s3://my-bucket/tools/*, destination: {In("all")} }}"));
        Assert.False(File.Exists(In("escaped")));
        Assert.Contains(_lines, l => l.Contains("no path below a folder", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sources_and_destinations_may_be_what_earlier_steps_said_and_loops_count()
    {
        foreach (var key in (string[])["one", "two"]) _server.Put($"tools/{key}", key);
        var plan = await PlanAsync($$$"""
            - { name: Ask, action: ExecuteBash, inputs: { commands: [echo tools; echo '{{{In("dest")}}}' > place] } }
            - name: Get
              action: S3Download
              loop: { forEach: [one, two] }
              inputs: [{ source: "s3://my-bucket/{{ build.Ask.outputs.stdout }}/{{ loop.value }}", destination: "{{{In("dest")}}}/{{ loop.index }}" }]
            """);
        Assert.Contains(plan.Warnings, w => w.Code == "IB1343");
        Assert.All(await RunAsync(plan.Plans[0].Build), o => Assert.Equal(StepStatus.Success, o.Status));
        Assert.Equal(("one", "two"), (Read("dest/0"), Read("dest/1")));
    }

    [Fact]
    public async Task What_a_loop_downloads_is_known_beforehand_where_its_values_are()
    {
        foreach (var key in (string[])["a/one", "b/two", "b/three"]) _server.Put(key, key);
        var step = $$$"""
            - name: Get
              action: S3Download
              loop: { forEach: [a, b] }
              inputs: [{ source: "s3://my-bucket/{{ loop.value }}/*", destination: "{{{In("dest")}}}/{{ loop.value }}" }]
            """;
        var plan = await PlanAsync(step);
        Assert.Equal([], plan.Warnings);
        Assert.Equal(["s3://my-bucket/a/one", "s3://my-bucket/b/three", "s3://my-bucket/b/two"], plan.Plans[0].Build[0].Objects.Select(o => o.Address));
        Assert.All(await RunAsync(plan.Plans[0].Build), o => Assert.Equal(StepStatus.Success, o.Status));
        Assert.Equal(("a/one", "b/two", "b/three"), (Read("dest/a/one"), Read("dest/b/two"), Read("dest/b/three")));
        Assert.False(File.Exists(In("dest/a/two")));
        _server.Put("b/two", "other");
        Assert.NotEqual(plan.Plans[0].TopKey, (await PlanAsync(step)).Plans[0].TopKey);
        Assert.Equal(StepStatus.Failed, (await RunAsync(plan.Plans[0].Build))[0].Status);
    }

    [Fact]
    public async Task The_key_of_a_layer_says_which_version_was_downloaded()
    {
        _server.Put("a", "first");
        var step = $$"""- { name: Get, action: S3Download, inputs: [{ source: s3://my-bucket/a, destination: {{In("a")}} }] }""";
        var first = (await PlanAsync(step)).Plans[0];
        Assert.Equal(first.Build[0].Key, (await PlanAsync(step)).Plans[0].Build[0].Key);
        _server.Put("a", "second");
        var second = (await PlanAsync(step)).Plans[0];
        Assert.NotEqual(first.Build[0].Key, second.Build[0].Key);
        Assert.NotEqual(first.Digest, second.Digest);

        // And what was planned is what is downloaded, or nothing.
        Assert.Equal(StepStatus.Failed, (await RunAsync(first.Build))[0].Status);
        Assert.Contains(_lines, l => l.Contains("has changed since the plan was made", StringComparison.Ordinal));
        Assert.Equal(StepStatus.Success, (await RunAsync(second.Build))[0].Status);
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_a_mistake_in_its_line()
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(() =>
            PlanAsync("- { name: Get, action: S3Download, inputs: [{ source: s3://my-bucket/none, destination: /a }] }"));
        var problem = Assert.Single(refused.Problems);
        Assert.Equal(("IB4156", "components/app/1.0.0/component.yml:5:"), (problem.Code, problem.At!.ToString()[..37])); // it has a place
    }

    [Fact]
    public async Task What_goes_wrong_with_the_store_fails_the_step_and_its_attempts_and_nothing_else()
    {
        _server.Put("a", "x");
        var plan = await PlanAsync($$"""
            - { name: Get, action: S3Download, onFailure: Ignore, maxAttempts: 3, inputs: [{ source: s3://my-bucket/a, destination: {{In("a")}} }] }
            """);
        _server.Dispose();
        var outcome = Assert.Single(await RunAsync(plan.Plans[0].Build));
        Assert.Equal((StepStatus.IgnoredFailure, 3), (outcome.Status, outcome.Attempts));
        Assert.False(Directory.Exists(Path.Combine(_folder, "logs", "objects")));
    }

    [Fact]
    public async Task One_file_is_uploaded_byte_for_byte_however_big_it_is()
    {
        var bytes = new byte[9_000_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(In("big 'file'"), bytes, Cancel);
        Assert.Equal(StepStatus.Success, await UploadAsync($"{{ source: \"{In("big 'file'")}\", destination: s3://my-bucket/up/big, expectedBucketOwner: \"{S3Server.Owner}\" }}",
            $"{{ source: \"{In("big 'file'")}\", destination: s3://my-bucket/up/ }}"));
        Assert.Equal(bytes, _server["up/big"]);
        Assert.Equal(bytes, _server["up/big 'file'"]);
    }

    [Theory]
    [InlineData("logs/*.log", "false", "up/a.log up/b.log")]
    [InlineData("logs/*.log", "true", "up/a.log up/b.log up/deep/d.log")]
    [InlineData("logs/*", "false", "up/.hidden up/a.log up/b.log up/c[1].txt")]
    [InlineData("logs/c[1]*", "false", "up/c[1].txt")]
    [InlineData("logs", "true", "up/.hidden up/a.log up/b.log up/c[1].txt up/deep/d.log")]
    public async Task A_star_stands_for_files_of_one_folder_and_with_recurse_of_those_below(string source, string recurse, string keys)
    {
        foreach (var name in (string[])["logs/a.log", "logs/b.log", "logs/c[1].txt", "logs/.hidden", "logs/deep/d.log"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In("content/" + name))!); // below the folder
            await File.WriteAllTextAsync(In("content/" + name), name, Cancel);
        }

        Assert.Equal(StepStatus.Success, await UploadAsync($"{{ source: '{In("content/" + source)}', destination: s3://my-bucket/up, recurse: {recurse} }}"));
        Assert.Equal(keys, string.Join(' ', _server.Keys));
    }

    [Theory]
    [InlineData("none", "there is no file")]
    [InlineData("none/*", "there is no file")]
    [InlineData("folder", "is a folder")]
    public async Task A_source_that_is_no_file_fails(string source, string why)
    {
        Directory.CreateDirectory(In("folder"));
        Assert.Equal(StepStatus.Failed, await UploadAsync($"{{ source: '{In(source)}', destination: s3://my-bucket/up }}"));
        Assert.Contains(_lines, l => l.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bucket_of_another_account_gets_nothing()
    {
        await File.WriteAllTextAsync(In("a"), "x", Cancel);
        Assert.Equal(StepStatus.Failed, await UploadAsync($"{{ source: {In("a")}, destination: s3://my-bucket/up, expectedBucketOwner: '999999999999' }}"));
        Assert.Empty(_server.Keys);
    }

    private async Task<string> DownloadAsync(params string[] entries) => await StepAsync("S3Download", entries);

    private async Task<string> UploadAsync(params string[] entries) => await StepAsync("S3Upload", entries);

    private async Task<string> StepAsync(string action, string[] entries) =>
        (await RunAsync((await PlanAsync($"- {{ name: Step, action: {action}, inputs: [{string.Join(", ", entries)}] }}")).Plans[0].Build))[0].Status;

    private Task<Planned> PlanAsync(string steps)
    {
        _repository.WithApp($"schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      {steps.ReplaceLineEndings("\n      ")}\n");
        return new Planner { Distributions = [new FakeDistribution()], FormatNames = ["raw"], Objects = () => _server.Store }
            .PlanAsync(new PlanRequest(_repository.Root, [], "local", _repository.Artifacts, null, [], null), Cancel);
    }

    private async Task<IReadOnlyList<StepOutcome>> RunAsync(IReadOnlyList<PlannedStep> steps)
    {
        using var store = _server.Store;
        var runner = new StepRunner("Customize", Path.Combine(_folder, "logs"), new NoReport(), TimeProvider.System) { Objects = store };
        var outcomes = await runner.RunAllAsync(new BashSession(Directory.CreateDirectory(In("session")).FullName), steps, new OutputBook(), Cancel);
        _lines.AddRange(outcomes.SelectMany(o => o.Tail));
        return outcomes;
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Read(string name) => File.ReadAllText(In(name));

    private sealed class NoReport : IReport
    {
        public void Write(BuildEvent happened) { }
    }
}
