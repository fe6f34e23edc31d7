namespace ImageBuilder.Clouds;

/// <summary>Messages to people and programs.</summary>
public interface INotifier
{
    /// <param name="topic">ARN.</param>
    Task PublishAsync(string topic, string subject, string message, CancellationToken cancel);
}
