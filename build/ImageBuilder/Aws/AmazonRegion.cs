using Amazon.EC2;
using Amazon.KeyManagementService;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>One region, as one identity. Clients are made when they are first needed.</summary>
internal sealed class AmazonRegion : ICloudRegion, IIdentity, IDisposable
{
    private readonly List<IDisposable> _made = [];
    private readonly Lazy<AmazonAsker<AmazonSecurityTokenServiceClient>> _tokens;
    private readonly Lazy<S3Store> _objects;
    private Task<CloudIdentity>? _who;

    public AmazonRegion(CloudPlace place, Caller caller, TimeProvider clock)
    {
        Place = place;
        var machines = Once("EC2", () => new AmazonEC2Client(caller.CredentialsFor(place), caller.For(new AmazonEC2Config(), "EC2", place.Region)));
        var systems = Once(AmazonParameterStore.Service, () => AmazonParameterStore.Client(caller, place));
        var keys = Once("KMS", () =>
            new AmazonKeyManagementServiceClient(caller.CredentialsFor(place), caller.For(new AmazonKeyManagementServiceConfig(), "KMS", place.Region)));
        _tokens = Once("STS", () =>
            new AmazonSecurityTokenServiceClient(caller.CredentialsFor(place), caller.For(new AmazonSecurityTokenServiceConfig(), "STS", place.Region)));
        _objects = new Lazy<S3Store>(() => Keep(new S3Store(caller, place)));
        Tags = new AmazonTagging(machines);
        Images = new AmazonImages(machines);
        Transfers = new AmazonTransfers(machines);
        Snapshots = new AmazonSnapshots(machines, Plain(AwsDialect.Blocks));
        Compute = new AmazonCompute(machines);
        Commands = new AmazonCommands(systems);
        Parameters = new AmazonParameterStore(systems);
        Templates = new AmazonTemplates(machines);
        Keys = new AmazonKeys(keys);
        Notifier = new AmazonNotifier(Plain(AwsDialect.Notifications));
        Logs = new AmazonLogs(Plain(AwsDialect.Logs));
        Builds = new AmazonBuilds(Plain(AwsDialect.Builds));
        Roles = new AmazonRoles(Plain(AwsDialect.Roles));
        Licenses = new AmazonLicenses(Plain(AwsDialect.Licenses));
        Shares = new AmazonShares(Plain(AwsDialect.Shares));
        Organization = new AmazonOrganization(Plain(AwsDialect.Organizations));

        Lazy<AmazonAsker<T>> Once<T>(string service, Func<T> make) where T : class, IDisposable =>
            new(() => new AmazonAsker<T>(Keep(make()), new Patience(clock), place, caller.IsEmulated(service)));
        Lazy<AmazonAsker<ServiceClient>> Plain(AwsDialect service) => Once(service.Id, () => ServiceClient.For(service, caller, place));
    }

    public CloudPlace Place { get; }

    public IIdentity Identity => this;

    public ITags Tags { get; }

    public IImages Images { get; }

    public IImageTransfers Transfers { get; }

    public IBlockSnapshots Snapshots { get; }

    public ICompute Compute { get; }

    public ICommands Commands { get; }

    public IParameterStore Parameters { get; }

    public IObjectStore Objects => _objects.Value;

    public ILaunchTemplates Templates { get; }

    public IKeys Keys { get; }

    public INotifier Notifier { get; }

    public ILogStreams Logs { get; }

    public IBuilds Builds { get; }

    public IRoles Roles { get; }

    public ILicenses Licenses { get; }

    public IShares Shares { get; }

    public IOrganization Organization { get; }

    // It stays the same as long as the program runs.
    public Task<CloudIdentity> WhoAsync(CancellationToken cancel)
    {
        lock (_made)
            return _who is { IsFaulted: false, IsCanceled: false } known ? known : _who = AskAsync(cancel);
    }

    public void Dispose()
    {
        lock (_made)
        {
            foreach (var client in _made) client.Dispose();
            _made.Clear();
        }
    }

    private async Task<CloudIdentity> AskAsync(CancellationToken cancel)
    {
        var answer = await _tokens.Value.AskAsync("tell who the caller is", "sts:GetCallerIdentity",
            client => client.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancel), cancel);
        return new CloudIdentity(answer.Account, answer.Arn);
    }

    private T Keep<T>(T client) where T : IDisposable
    {
        lock (_made) _made.Add(client);
        return client;
    }
}
