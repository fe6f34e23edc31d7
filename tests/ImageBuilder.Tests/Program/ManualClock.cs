namespace ImageBuilder.Tests.Program;

/// <summary>A clock that stands still until it is moved; timers ring while it moves.</summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Ring> _timers = [];
    private TimeSpan _passed;

    /// <summary>Who waits for a while has waited at once.</summary>
    public bool Skips { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _passed.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero) + _passed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (Skips && period == Timeout.InfiniteTimeSpan && dueTime != Timeout.InfiniteTimeSpan)
        {
            lock (_lock) _passed += dueTime;
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return new Nothing();
        }

        var ring = new Ring(this, callback, state, period);
        _timers.Add(ring);
        return ring;
    }

    public void Advance(TimeSpan time)
    {
        lock (_lock)
            for (var end = _passed + time; _passed < end;)
            {
                var step = _timers.Count == 0 ? end - _passed : TimeSpan.FromTicks(Math.Min(
                    _timers.Min(t => t.Period).Ticks, (end - _passed).Ticks));
                _passed += step;
                foreach (var timer in _timers.ToList()) timer.RingIfDue(_passed);
            }
    }

    private sealed class Nothing : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => false;

        public void Dispose() { }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Ring(ManualClock clock, TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        private TimeSpan _next = clock._passed + period;

        public TimeSpan Period => period;

        public void RingIfDue(TimeSpan now)
        {
            if (now < _next) return;
            _next += period;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => false;

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
