using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Pipelines;

/// <summary>A cloud that has builds and their logs, and nothing else: each look shows the next of the states that the test gives.</summary>
internal sealed class FakeBuilds(params IEnumerable<CloudBuild?> states) : ICloud, ICloudRegion, IBuilds, ILogStreams
{
    private readonly Queue<CloudBuild?> _states = new(states);
    private CloudBuild? _now;

    public List<NewBuild> Started { get; } = [];

    public List<string> Stopped { get; } = [];

    public List<CloudPlace> Asked { get; } = [];

    /// <summary>Pages of the log, each there as soon as the one before it was read.</summary>
    public Queue<IReadOnlyList<string>> Log { get; } = [];

    /// <summary>Happens at each look.</summary>
    public Action Looked { get; set; } = () => { };

    public string Name => "aws";

    public string? HomeRegion => "eu-west-1";

    public bool IsEmulated => false;

    public CloudPlace Place => Asked[^1];

    public IBuilds Builds => this;

    public ILogStreams Logs => this;

    public IIdentity Identity => throw Missing();

    public ITags Tags => throw Missing();

    public IImages Images => throw Missing();

    public IImageTransfers Transfers => throw Missing();

    public IBlockSnapshots Snapshots => throw Missing();

    public ICompute Compute => throw Missing();

    public ICommands Commands => throw Missing();

    public IParameterStore Parameters => throw Missing();

    public IObjectStore Objects => throw Missing();

    public ILaunchTemplates Templates => throw Missing();

    public IKeys Keys => throw Missing();

    public INotifier Notifier => throw Missing();

    public IRoles Roles => throw Missing();

    public ILicenses Licenses => throw Missing();

    public IShares Shares => throw Missing();

    public IOrganization Organization => throw Missing();

    public static CloudBuild Build(string status, string phase, string reason = "") =>
        new("images:1", status, phase, reason) { LogGroup = "/aws/codebuild/images", LogStream = "1" };

    public ICloudRegion At(CloudPlace place)
    {
        Asked.Add(place);
        return this;
    }

    public Task<string> StartAsync(NewBuild build, CancellationToken cancel)
    {
        Started.Add(build);
        return Task.FromResult("images:1");
    }

    public Task<CloudBuild?> GetAsync(string id, CancellationToken cancel)
    {
        Looked();
        if (_states.TryDequeue(out var next)) _now = next;
        return Task.FromResult(_now);
    }

    public Task StopAsync(string id, CancellationToken cancel)
    {
        Stopped.Add(id);
        return Task.CompletedTask;
    }

    public Task<LogPage> ReadAsync(string group, string stream, string? from, CancellationToken cancel) =>
        Task.FromResult(new LogPage(Log.TryDequeue(out var lines) ? lines : [], $"after {Log.Count}"));

    public void Dispose() { }

    private static InvalidOperationException Missing() => new("StartBuild asks for builds and logs only.");
}
