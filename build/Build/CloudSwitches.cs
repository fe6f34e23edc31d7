namespace Build;

/// <summary>The switches of those targets that are about a cloud.</summary>
public static class CloudSwitches
{
    public static readonly Switch Region = new("region", "REGION", "Region of AWS that is looked through; may be repeated.", "all that the account may use")
    {
        Repeats = true,
        Of = ["Sweep"],
    };

    public static readonly Switch Role = new(
        "role", "ARN", "Role of another account of AWS that is taken on and looked through as well; may be repeated.")
    {
        Repeats = true,
        Of = ["Sweep"],
    };

    /// <summary>In the order in which help shows them.</summary>
    public static IReadOnlyList<Switch> All { get; } = [Region, Role];
}
