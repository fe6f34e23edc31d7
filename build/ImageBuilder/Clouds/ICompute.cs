namespace ImageBuilder.Clouds;

/// <summary>Machines of a region and the network around them.</summary>
public interface ICompute
{
    /// <summary>Starts an instance. A type that is not to be had just now is <see cref="CloudCalls.NoCapacity"/>, so that the next one can be tried.</summary>
    Task<string> StartAsync(NewInstance instance, CancellationToken cancel);

    /// <summary>Whether such an instance could be started. That it may not (no permission, not subscribed, wrong names) is a problem; nothing is started.</summary>
    Task CheckAsync(NewInstance instance, CancellationToken cancel);

    Task<CloudInstance?> GetAsync(string id, CancellationToken cancel);

    /// <summary>Those with all of these tags, in any state but gone.</summary>
    Task<IReadOnlyList<CloudInstance>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    Task<IReadOnlyList<CloudInstance>> FindByImageAsync(string image, CancellationToken cancel);

    /// <summary>The two checks of the cloud on machine and system: <c>ok</c>, <c>initializing</c>, <c>impaired</c>; empty: none yet.</summary>
    Task<string> HealthAsync(string id, CancellationToken cancel);

    Task StopAsync(string id, CancellationToken cancel);

    Task RestartAsync(string id, CancellationToken cancel);

    /// <summary>One that is gone already is well.</summary>
    Task TerminateAsync(string id, CancellationToken cancel);

    /// <summary>The latest text of the serial console; empty: none yet.</summary>
    Task<string> ConsoleAsync(string id, CancellationToken cancel);

    /// <summary>Those of the types that the region offers.</summary>
    Task<IReadOnlyList<string>> OfferedAsync(IReadOnlyCollection<string> types, CancellationToken cancel);

    /// <summary>Regions that the account may use.</summary>
    Task<IReadOnlyList<string>> RegionsAsync(CancellationToken cancel);

    Task<CloudSubnet?> SubnetAsync(string id, CancellationToken cancel);

    /// <summary>A subnet of the default network; null where the account has none.</summary>
    Task<CloudSubnet?> DefaultSubnetAsync(CancellationToken cancel);

    /// <summary>Makes a group that lets everything out and nothing in.</summary>
    Task<string> CreateClosedGroupAsync(string name, string network, IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    Task<IReadOnlyList<CloudGroup>> FindGroupsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <summary>One that is gone already is well.</summary>
    Task DeleteGroupAsync(string id, CancellationToken cancel);
}

/// <summary>An instance to be started. Its metadata always wants a session (IMDSv2).</summary>
/// <param name="Token">The same token never makes two.</param>
public sealed record NewInstance(string Image, string Type, IReadOnlyDictionary<string, string> Tags, string Token)
{
    /// <summary>Name of the instance profile by which Systems Manager reaches it.</summary>
    public string? Profile { get; init; }

    public string? Subnet { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>As it reaches the machine, not encoded.</summary>
    public string? UserData { get; init; }

    /// <summary>Bought at the price of the hour; the cloud may end it at any time, and it cannot be stopped.</summary>
    public bool Spot { get; init; }

    /// <summary>GiB of the root volume; null: the image's.</summary>
    public int? VolumeGiB { get; init; }

    public string RootDevice { get; init; } = "/dev/xvda";

    public bool Encrypted { get; init; } = true;

    public string? Key { get; init; }
}

/// <param name="State"><c>pending</c>, <c>running</c>, <c>stopping</c>, <c>stopped</c>, <c>shutting-down</c>, <c>terminated</c>.</param>
/// <param name="Why">Why it changed its state; empty: nothing is said.</param>
public sealed record CloudInstance(
    string Id, string State, string Why, string Image, string Type, DateTimeOffset Started, IReadOnlyDictionary<string, string> Tags)
{
    public string Platform { get; init; } = "";

    public string RootDevice { get; init; } = "";

    public IReadOnlyList<string> Groups { get; init; } = [];
}

/// <param name="Network">Id of its VPC.</param>
public sealed record CloudSubnet(string Id, string Network, string Zone);

/// <summary>A security group.</summary>
public sealed record CloudGroup(string Id, string Name, IReadOnlyDictionary<string, string> Tags);
