namespace Build;

/// <summary>
/// How long recipes were in each stage. Cake measures its tasks, which end when the last recipe has passed: where recipes are at work side by
/// side, that is not what a stage takes.
/// </summary>
public sealed class StageTimes(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _stages = [];

    /// <summary>True once two stages were at work at the same time.</summary>
    public bool Overlap { get; private set; }

    /// <summary>A recipe is in the stage until what is returned is disposed of.</summary>
    public IDisposable Begin(string stage)
    {
        lock (_lock)
        {
            Overlap |= _stages.Any(s => s.Key != stage && s.Value.Recipes > 0);
            if (!_stages.TryGetValue(stage, out var entry)) _stages[stage] = entry = new Entry();
            if (entry.Recipes++ == 0) entry.Start = clock.GetTimestamp();
            return new Ending(this, entry);
        }
    }

    /// <summary>For how long at least one recipe was in the stage; null when none was.</summary>
    public TimeSpan? Of(string stage)
    {
        lock (_lock) return _stages.TryGetValue(stage, out var entry) ? entry.Busy : null;
    }

    private void End(Entry entry)
    {
        lock (_lock)
            if (--entry.Recipes == 0) entry.Busy += clock.GetElapsedTime(entry.Start);
    }

    private sealed class Entry
    {
        public int Recipes { get; set; }

        public long Start { get; set; }

        public TimeSpan Busy { get; set; }
    }

    private sealed class Ending(StageTimes times, Entry entry) : IDisposable
    {
        public void Dispose() => times.End(entry);
    }
}
