namespace ImageBuilder.Records;

/// <summary>What will become of a part of a build.</summary>
public enum Expected
{
    /// <summary>What is there is used.</summary>
    Reuse,

    /// <summary>It is made.</summary>
    Run,

    /// <summary>It is made unless what it is made of comes out as it was: layers below it with the same content, a disk with the same SHA-256.</summary>
    RunIfChanged,
}

/// <summary>What a run would do for one recipe, as far as it can be known beforehand: <c>forecast.json</c>.</summary>
/// <param name="Plan">Digest of the plan.</param>
/// <param name="Seconds">How long that takes, as far as it is known from earlier runs.</param>
/// <param name="Unknown">Parts to be made that no earlier run has timed.</param>
public sealed record Forecast(string Recipe, string Version, string Plan, double Seconds, int Unknown, IReadOnlyList<ForecastPart> Parts);

/// <summary>The forecast of one part.</summary>
/// <param name="Stage">The stage that makes it.</param>
/// <param name="Id">As events name it.</param>
/// <param name="Why">One line; empty for what is simply reused.</param>
/// <param name="Seconds">Median of the last runs; null when there is none, and for what is reused.</param>
public sealed record ForecastPart(string Stage, string Id, Expected Expected, string Why, double? Seconds)
{
    /// <summary>True when an earlier build of the recipe has made it from other inputs: <see cref="Why"/> says what differs.</summary>
    public bool Anew { get; init; }
}
