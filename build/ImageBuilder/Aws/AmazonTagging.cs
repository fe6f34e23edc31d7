using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Sets tags of EC2's resources.</summary>
internal sealed class AmazonTagging(Lazy<AmazonAsker<AmazonEC2Client>> machines) : ITags
{
    public Task SetAsync(IReadOnlyCollection<string> ids, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => machines.Value.AskAsync(
        $"set tags of {string.Join(", ", ids)}", "ec2:CreateTags", c => c.CreateTagsAsync(new CreateTagsRequest([.. ids], AmazonTags.List(tags)), cancel), cancel);
}
