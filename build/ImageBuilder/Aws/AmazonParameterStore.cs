using System.Globalization;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>The Parameter Store of Systems Manager, with the credentials, region and endpoint that every AWS tool finds.</summary>
public sealed class AmazonParameterStore(Func<string, string?> environment) : IParameterStore
{
    private const string Service = "SSM";

    // References to Secrets Manager are refused unless they are to be decrypted.
    private const string SecretsManager = "/aws/reference/secretsmanager/";

    public AmazonParameterStore() : this(Environment.GetEnvironmentVariable) { }

    public async Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel)
    {
        try
        {
            using var client = Client();
            var decrypted = reveal || name.StartsWith(SecretsManager, StringComparison.Ordinal);
            var found = (await client.GetParameterAsync(new GetParameterRequest { Name = name, WithDecryption = decrypted }, cancel)).Parameter;
            var secret = found.Type == ParameterType.SecureString;
            return new StoredParameter(name, secret, secret && !reveal ? null : found.Value,
                string.Create(CultureInfo.InvariantCulture, $"{found.ARN} {found.Version} {found.LastModifiedDate?.ToUniversalTime():O}"));
        }
        catch (Exception e) when (e is ParameterNotFoundException or ParameterVersionNotFoundException)
        {
            return null;
        }
        catch (AmazonServiceException e)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB1414", $"The parameter `{name}` of the AWS account could not be read.", e.Message,
                "Allow ssm:GetParameter (and kms:Decrypt for secrets) to the caller, or choose another identity with AWS_PROFILE."), e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB1402", $"The parameter `{name}` of the AWS account cannot be looked up.",
                e.Message.Split('\n')[0].TrimEnd(),
                new Caller(environment).IsEmulated(Service) ? "Check that AWS_ENDPOINT_URL names a server that runs."
                    : "Give credentials and a region: AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, and AWS_REGION."), e);
        }
    }

    private AmazonSimpleSystemsManagementClient Client()
    {
        var caller = new Caller(environment);
        var config = new AmazonSimpleSystemsManagementConfig();
        caller.Configure(config, Service);
        return caller.Credentials is { } credentials ? new AmazonSimpleSystemsManagementClient(credentials, config) : new AmazonSimpleSystemsManagementClient(config);
    }
}
