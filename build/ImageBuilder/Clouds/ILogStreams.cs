namespace ImageBuilder.Clouds;

/// <summary>Logs kept in the cloud.</summary>
public interface ILogStreams
{
    /// <summary>The events of a stream from a place on.</summary>
    /// <param name="from">As of the last answer; null: from the beginning.</param>
    /// <returns>Nothing, and the same place, where there are no more yet or there is no such stream.</returns>
    Task<LogPage> ReadAsync(string group, string stream, string? from, CancellationToken cancel);
}

/// <param name="Next">Where the next page begins.</param>
public sealed record LogPage(IReadOnlyList<string> Lines, string? Next);
