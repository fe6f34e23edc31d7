using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace ImageBuilder.Aws;

/// <summary>Credentials of a role, taken on with the caller's own and renewed before they expire.</summary>
internal sealed class RoleCredentials : RefreshingAWSCredentials
{
    private const string SessionName = "imagebuilder";

    private readonly Caller _caller;
    private readonly AWSCredentials _own;
    private readonly string _role;
    private readonly string _region;

    public RoleCredentials(Caller caller, AWSCredentials own, string role, string region)
    {
        (_caller, _own, _role, _region) = (caller, own, role, region);
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        using var client = new AmazonSecurityTokenServiceClient(_own, _caller.For(new AmazonSecurityTokenServiceConfig(), "STS", _region));
        var given = (await client.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = _role, RoleSessionName = SessionName })).Credentials;
        return new CredentialsRefreshState(
            new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken), given.Expiration ?? _caller.Clock.GetUtcNow().UtcDateTime.AddMinutes(15));
    }
}
