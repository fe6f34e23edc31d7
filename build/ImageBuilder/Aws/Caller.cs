using Amazon;
using Amazon.Runtime;

namespace ImageBuilder.Aws;

/// <summary>Who asks AWS, and where: what the environment says, and else what AWS's own tools would find.</summary>
internal sealed class Caller(Func<string, string?> environment)
{
    /// <summary>True when another server stands for AWS.</summary>
    public bool IsEmulated(string service) => Endpoint(service) is not null;

    /// <summary>Null: AWS's own client looks for them.</summary>
    public AWSCredentials? Credentials => (Given("AWS_ACCESS_KEY_ID"), Given("AWS_SECRET_ACCESS_KEY"), Given("AWS_SESSION_TOKEN")) switch
    {
        ({ } key, { } secret, { } token) => new SessionAWSCredentials(key, secret, token),
        ({ } key, { } secret, null) => new BasicAWSCredentials(key, secret),
        _ => null,
    };

    /// <param name="service">As in <c>AWS_ENDPOINT_URL_S3</c>.</param>
    public void Configure(ClientConfig config, string service)
    {
        var region = Given("AWS_REGION", "AWS_DEFAULT_REGION");
        if (region is not null) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        if (Endpoint(service) is not { } endpoint) return;
        config.AuthenticationRegion = region ?? RegionEndpoint.USEast1.SystemName;
        config.ServiceURL = endpoint;
    }

    private string? Endpoint(string service) => Given($"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL");

    private string? Given(params IEnumerable<string> names) => names.Select(environment).FirstOrDefault(v => !string.IsNullOrEmpty(v));
}
