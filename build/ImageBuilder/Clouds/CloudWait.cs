namespace ImageBuilder.Clouds;

/// <summary>Waits for what a cloud says, which now and then is older than what it said before.</summary>
public static class CloudWait
{
    // A state that was seen this often in a row is one that stays.
    private const int Sightings = 3;

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1.4);

    /// <summary>Looks until what it sees has come to an end, for as long as that takes.</summary>
    /// <param name="look">Null: nothing is to be seen, which is as good as a state that goes on.</param>
    /// <param name="hasEnded">Whether it is done, or failed.</param>
    /// <param name="changed">Told when something is to be seen that differs from what was before.</param>
    public static async Task<T> UntilAsync<T>(
        TimeProvider clock, Func<Task<T?>> look, Predicate<T> hasEnded, Action<T>? changed, CancellationToken cancel) where T : class
    {
        var (seen, pause) = (0, s_first);
        T? last = null;
        while (true)
        {
            var now = await look();
            if (now is not null && !now.Equals(last)) changed?.Invoke(now);
            last = now ?? last;
            seen = now is not null && hasEnded(now) ? seen + 1 : 0;
            if (seen == Sightings) return now!; // it was seen
            await Task.Delay(seen > 0 ? s_again : pause, clock, cancel);
            if (seen == 0 && pause < s_longest) pause *= 1.2;
        }
    }
}
