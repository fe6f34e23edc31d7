using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>The Simple Notification Service.</summary>
internal sealed class AmazonNotifier(Lazy<AmazonAsker<ServiceClient>> notifications) : INotifier
{
    private const int LongestSubject = 100;

    public Task PublishAsync(string topic, string subject, string message, CancellationToken cancel) => notifications.Value.AskAsync($"publish to {topic}", "sns:Publish",
        c => c.CallAsync(new AwsCall("Publish")
        {
            Values = new Dictionary<string, string>
            {
                ["TopicArn"] = topic,
                ["Subject"] = subject.Length > LongestSubject ? subject[..LongestSubject] : subject,
                ["Message"] = message,
            },
        }, cancel), cancel);
}
