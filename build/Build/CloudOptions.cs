namespace Build;

/// <summary>Values of the switches of those targets that are about a cloud.</summary>
public sealed record CloudOptions
{
    /// <summary>Regions; empty: all.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>ARNs of roles that are taken on.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    public static CloudOptions Parse(CommandLine line) => new()
    {
        Regions = line.All(CloudSwitches.Region),
        Roles = line.All(CloudSwitches.Role),
    };
}
