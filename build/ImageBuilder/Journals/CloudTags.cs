using System.Globalization;

namespace ImageBuilder.Journals;

/// <summary>Tags by which everything that the program makes in a cloud is found again, from any machine.</summary>
public static class CloudTags
{
    public const string Run = "imagebuilder:run";
    public const string Recipe = "imagebuilder:recipe";
    public const string Version = "imagebuilder:version";
    public const string Stage = "imagebuilder:stage";

    /// <summary><see cref="Making"/> or <see cref="Kept"/>.</summary>
    public const string State = "imagebuilder:state";

    public const string Making = "making";
    public const string Kept = "kept";

    /// <summary>What tells two resources of a stage apart: a digest of their purpose.</summary>
    public const string Purpose = "imagebuilder:purpose";

    private const string Time = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>An id that no other run has, and that says when it began.</summary>
    public static string NewRun(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture)}-{Guid.NewGuid().ToString("N")[..8]}");

    /// <summary>When a run began; null: the id is none of ours.</summary>
    public static DateTimeOffset? Began(string run) => DateTimeOffset.TryParseExact(run.Split('-')[0], Time, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal, out var began) ? began : null;
}
