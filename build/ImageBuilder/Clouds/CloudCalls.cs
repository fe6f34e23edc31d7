namespace ImageBuilder.Clouds;

/// <summary>Codes of those problems of a cloud that are an answer to some.</summary>
public static class CloudCalls
{
    /// <summary>What stands for the cloud has no such call: emulators do not have all.</summary>
    public const string Unknown = "IB8009";

    /// <summary>No machine of a type is to be had just now: another type, or another time, may do.</summary>
    public const string NoCapacity = "IB8031";
}
