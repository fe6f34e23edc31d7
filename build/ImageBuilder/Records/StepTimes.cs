namespace ImageBuilder.Records;

/// <summary>How long the parts of builds took, in seconds: <c>times.json</c> in the cache, which survives what it speaks of.</summary>
/// <param name="Last">For each part the last few runs, newest last. Parts that ran last stand last.</param>
public sealed record StepTimes(IReadOnlyDictionary<string, IReadOnlyList<double>> Last)
{
    private const string FileName = "times.json";
    private const int Kept = 5;
    private const int Most = 20_000;

    public static StepTimes None { get; } = new(new Dictionary<string, IReadOnlyList<double>>());

    public static async Task<StepTimes> ReadAsync(string cache, CancellationToken cancel) =>
        await RecordFiles.TryReadAsync<StepTimes>(Path.Combine(cache, FileName), "Delete it: it only helps to forecast.", cancel) ?? None;

    public Task WriteAsync(string cache, CancellationToken cancel) => RecordFiles.WriteAsync(cache, FileName, this, cancel);

    /// <summary>Median of the last runs; null when there was none.</summary>
    public double? Expected(string part) => Last.GetValueOrDefault(part) is { Count: > 0 } runs ? runs.Order().ElementAt(runs.Count / 2) : null;

    /// <summary>The same of parts that are called alike, for one that has never run.</summary>
    public double? Like(string prefix) =>
        Last.Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal) && p.Value.Count > 0).Select(p => p.Value[^1]).Order().ToList() is { Count: > 0 } others
            ? others[others.Count / 2] : null;

    public StepTimes With(IReadOnlyDictionary<string, double> ran)
    {
        var all = Last.Where(p => !ran.ContainsKey(p.Key)).ToList();
        foreach (var (part, seconds) in ran)
            all.Add(KeyValuePair.Create(part, (IReadOnlyList<double>)[.. Last.GetValueOrDefault(part, []).TakeLast(Kept - 1), Math.Round(seconds, 3)]));
        return new StepTimes(all.TakeLast(Most).ToDictionary());
    }
}
