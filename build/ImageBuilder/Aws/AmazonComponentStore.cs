using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>Components of EC2 Image Builder, in the region that their ARN names, with the credentials that every AWS tool finds.</summary>
public sealed class AmazonComponentStore(Func<string, string?> environment) : IComponentStore
{
    private const string Service = "imagebuilder";

    public AmazonComponentStore() : this(Environment.GetEnvironmentVariable) { }

    public async Task<string?> FindAsync(string arn, CancellationToken cancel)
    {
        try
        {
            using var client = RestJsonClient.For(Service, arn.Split(':').ElementAtOrDefault(3), new Caller(environment));
            var answer = await client.GetAsync("/GetComponent", "componentBuildVersionArn", arn, cancel);
            return answer.TryGetProperty("component", out var component) && component.TryGetProperty("data", out var data) ? data.GetString() : null;
        }
        catch (AmazonServiceException e) when (e.StatusCode == HttpStatusCode.NotFound || e.ErrorCode is "ResourceNotFoundException")
        {
            return null;
        }
        catch (AmazonServiceException e) when (e.StatusCode != 0)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB1273", $"The component `{arn}` could not be read.",
                $"The answer was {e.ErrorCode}: {e.Message}",
                "Allow imagebuilder:GetComponent to the caller, or choose another identity with AWS_PROFILE."), e);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is AmazonClientException or AmazonServiceException or HttpRequestException or JsonException)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB1274", $"The component `{arn}` cannot be looked up.",
                e.Message.Split('\n')[0].TrimEnd(),
                new Caller(environment).IsEmulated(Service.ToUpperInvariant()) ? "Check that AWS_ENDPOINT_URL names a server that runs."
                    : "Give credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY."), e);
        }
    }
}
