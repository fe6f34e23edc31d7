using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Components of EC2 Image Builder, in the region that their ARN names, with the credentials that every AWS tool finds.</summary>
public sealed class AmazonComponentStore(Func<string, string?> environment) : IComponentStore
{
    public AmazonComponentStore() : this(Environment.GetEnvironmentVariable) { }

    public async Task<string?> FindAsync(string arn, CancellationToken cancel)
    {
        var caller = new Caller(environment, TimeProvider.System);
        var place = new CloudPlace(arn.Split(':').ElementAtOrDefault(3) is { Length: > 0 } region ? region : caller.RegionOrProblem("IMAGEBUILDER"));
        using var client = ServiceClient.For(AwsDialect.Components, caller, place);
        var asker = new AmazonAsker<ServiceClient>(client, new Patience(caller.Clock), place, caller.IsEmulated(AwsDialect.Components.Id));
        var answer = await asker.TryAsync($"read the component {arn}", "imagebuilder:GetComponent", ["ResourceNotFoundException"], c => c.CallAsync(new AwsCall("GetComponent")
        {
            Method = "GET",
            Path = "/GetComponent",
            Values = new Dictionary<string, string> { ["componentBuildVersionArn"] = arn },
        }, cancel), cancel);
        return answer?.Json["component"]?["data"]?.GetValue<string>();
    }
}
