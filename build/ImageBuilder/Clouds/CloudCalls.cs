using ImageBuilder.Problems;

namespace ImageBuilder.Clouds;

/// <summary>Codes of those problems of a cloud that are an answer to some.</summary>
public static class CloudCalls
{
    /// <summary>What stands for the cloud has no such call: emulators do not have all.</summary>
    public const string Unknown = "IB8009";

    /// <summary>No machine of a type is to be had just now: another type, or another time, may do.</summary>
    public const string NoCapacity = "IB8031";

    public const string NotAllowed = "IB8001";

    /// <summary>The account is not subscribed to a product of the Marketplace.</summary>
    public const string NotSubscribed = "IB8004";

    public const string Refused = "IB8006";

    public const string NameTaken = "IB8010";

    private static readonly string[] s_refusals = [NoCapacity, NotAllowed, NotSubscribed, Refused, NameTaken];

    /// <summary>True where the cloud has answered that it does not do it: then it has made nothing.</summary>
    public static bool IsRefusal(ProblemException cause) => s_refusals.Contains(cause.Problems[0].Code);
}
