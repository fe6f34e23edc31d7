using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>The Key Management Service.</summary>
internal sealed class AmazonKeys(Lazy<AmazonAsker<AmazonKeyManagementServiceClient>> keys) : IKeys
{
    public async Task<CloudKey?> GetAsync(string key, CancellationToken cancel)
    {
        var answer = await keys.Value.TryAsync($"look at the key {key}", "kms:DescribeKey", ["NotFoundException"],
            c => c.DescribeKeyAsync(new DescribeKeyRequest { KeyId = key }, cancel), cancel);
        return answer is null ? null : new CloudKey(answer.KeyMetadata.Arn, answer.KeyMetadata.KeyState?.Value ?? "");
    }
}
