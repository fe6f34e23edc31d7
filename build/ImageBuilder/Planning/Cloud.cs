namespace ImageBuilder.Planning;

/// <summary>What one planning has asked a cloud account: every answer once, so that all recipes see the same.</summary>
internal sealed class Cloud
{
    public CloudParameters Parameters { get; } = new();

    public CloudObjects Objects { get; } = new();

    public CloudDocuments Documents { get; } = new();
}
