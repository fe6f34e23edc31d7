using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>Who asks AWS, and where: what the environment says, and else what AWS's own tools would find.</summary>
internal sealed class Caller(Func<string, string?> environment, TimeProvider clock)
{
    // What has not answered by then is asked again: the longest answers that we ask for take a second.
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(30);

    /// <summary>By which what is signed here expires.</summary>
    public TimeProvider Clock => clock;

    /// <summary>True when another server stands for AWS.</summary>
    public bool IsEmulated(string service) => Endpoint(service) is not null;

    /// <summary>Null: AWS's own client looks for them.</summary>
    public AWSCredentials? Credentials => (Given("AWS_ACCESS_KEY_ID"), Given("AWS_SECRET_ACCESS_KEY"), Given("AWS_SESSION_TOKEN")) switch
    {
        ({ } key, { } secret, { } token) => new SessionAWSCredentials(key, secret, token),
        ({ } key, { } secret, null) => new BasicAWSCredentials(key, secret),
        _ => null,
    };

    /// <summary>The chosen region; null: none is chosen.</summary>
    public string? Region => Given("AWS_REGION", "AWS_DEFAULT_REGION") ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName;

    /// <summary>The chosen region; where there is none, a problem.</summary>
    public string RegionOrProblem(string service) => Region ?? (IsEmulated(service) ? RegionEndpoint.USEast1.SystemName
        : throw new ProblemException(ExitCode.Prerequisites, new Problem("IB8008", "No region of AWS is chosen.",
            "Neither AWS_REGION nor the profile of AWS_PROFILE names one.", "Set it, e.g. `export AWS_REGION=eu-west-1`.")));

    /// <summary>The credentials with which something is done at a place.</summary>
    public AWSCredentials CredentialsFor(CloudPlace place)
    {
        var own = Credentials ?? DefaultAWSCredentialsIdentityResolver.GetCredentials();
        return place.Role is { } role ? new RoleCredentials(this, own, role, place.Region) : own;
    }

    /// <param name="service">As in <c>AWS_ENDPOINT_URL_S3</c>.</param>
    public void Configure(ClientConfig config, string service)
    {
        var region = Given("AWS_REGION", "AWS_DEFAULT_REGION");
        if (region is not null) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        if (Endpoint(service) is not { } endpoint) return;
        config.AuthenticationRegion = region ?? RegionEndpoint.USEast1.SystemName;
        config.ServiceURL = endpoint;
    }

    /// <summary>Sets a client up for one region. What is tried again is decided by <see cref="Patience"/>.</summary>
    public T For<T>(T config, string service, string region) where T : ClientConfig
    {
        // Both: with another end point, signatures would be for the environment's region.
        config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        config.AuthenticationRegion = region;
        if (Endpoint(service) is { } endpoint) config.ServiceURL = endpoint;
        config.MaxErrorRetry = 0;
        config.Timeout = s_answer;
        return config;
    }

    private string? Endpoint(string service) => Given($"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL");

    private string? Given(params IEnumerable<string> names) => names.Select(environment).FirstOrDefault(v => !string.IsNullOrEmpty(v));
}
