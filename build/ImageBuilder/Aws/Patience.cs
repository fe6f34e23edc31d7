using System.Net;
using System.Xml;
using Amazon.Runtime;

namespace ImageBuilder.Aws;

/// <summary>
/// Repeats calls while that may help, and slows all calls of one service and region down when it says that they are too many: the longer, the
/// more often it says so.
/// </summary>
internal sealed class Patience(TimeProvider clock)
{
    // With three of ten calls throttled and one of ten failing, one call in 60,000 is lost.
    private const int Attempts = 12;

    // A service that has never answered is more likely not there than away for a while.
    private const int FirstAttempts = 3;

    // A call that a server has never answered with more than a bare failure is one that it does not know: emulators do not know all.
    private const int BareAttempts = 6;

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private static readonly string[] s_throttling =
    [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
        "SlowDown", "EC2ThrottledException", "BandwidthLimitExceeded", "LimitExceededException", "TransactionInProgressException", "PriorRequestNotComplete",
    ];

    private static readonly string[] s_passing =
    [
        "InternalError", "InternalFailure", "InternalServerError", "InternalServerException", "ServiceUnavailable", "ServiceUnavailableException", "Unavailable",
        "RequestTimeout",
    ];

    private readonly Pace _pace = new(clock);
    private volatile bool _answers;

    /// <summary>Calls until there is an answer that another call would not change.</summary>
    /// <param name="made">
    /// For calls that make something and have no token: after an attempt of which nobody knows whether it did, this finds what it made. Null: calls
    /// may be repeated as they are.
    /// </param>
    /// <param name="isNew">No call of this kind has been answered yet.</param>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancel, Func<Task<T?>>? made = null, bool isNew = false) where T : class
    {
        var bare = 0;
        for (var attempt = 1; ; attempt++)
        {
            await _pace.WaitAsync(cancel);
            try
            {
                var answer = await call();
                _answers = true;
                _pace.Answered();
                return answer;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && attempt < MostFor(e) && MayPass(e) && !(isNew && IsBare(e) && ++bare == BareAttempts))
            {
                if (IsThrottling(e)) _pace.Throttled();
                await Task.Delay(Pause(attempt), clock, cancel);
                if (made is not null && !IsThrottling(e) && await made() is { } found) return found;
            }
        }
    }

    /// <summary>The service refused because of too many calls: nothing was done.</summary>
    public static bool IsThrottling(Exception cause) =>
        cause is AmazonServiceException e && (s_throttling.Contains(e.ErrorCode) || e.StatusCode == HttpStatusCode.TooManyRequests);

    /// <summary>The server failed and said nothing else, or nothing that can be read.</summary>
    public static bool IsBare(Exception cause) => IsCutShort(cause)
        || (cause is AmazonServiceException { StatusCode: HttpStatusCode.InternalServerError or HttpStatusCode.NotImplemented } e && string.IsNullOrEmpty(e.ErrorCode));

    // It was done, and the answer broke off on its way.
    private static bool IsCutShort(Exception cause) => cause is XmlException or AmazonServiceException { StatusCode: >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices };

    private int MostFor(Exception cause)
    {
        _answers |= cause is AmazonServiceException { StatusCode: not 0 };
        return _answers ? Attempts : FirstAttempts;
    }

    private static bool MayPass(Exception cause) => cause switch
    {
        AmazonServiceException e when e.StatusCode != 0 => IsThrottling(e) || IsCutShort(e) || (int)e.StatusCode >= 500 || s_passing.Contains(e.ErrorCode),
        AmazonServiceException e => e.InnerException is null || MayPass(e.InnerException),
        HttpRequestException or IOException or TimeoutException or OperationCanceledException or WebException or XmlException => true,
        AmazonClientException e => e.InnerException is { } inner && MayPass(inner),
        _ => false,
    };

    // Doubled each time, and of that a random part: those that failed together must not come back together.
    private static TimeSpan Pause(int attempt) =>
        TimeSpan.FromTicks((long)(Math.Min(s_longest.Ticks, s_first.Ticks * Math.Pow(2, attempt - 1)) * (0.5 + (Random.Shared.NextDouble() / 2))));
}

/// <summary>How fast calls may follow on each other: as fast as they come until a service complains.</summary>
internal sealed class Pace(TimeProvider clock)
{
    private const double Slowest = 2; // calls a second
    private const double Cut = 0.7;
    private const double Gain = 1.1; // a second

    // Complaints about calls that were on their way already say nothing about the new pace.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private double _rate = double.PositiveInfinity;
    private long _changed;
    private long _next;
    private long _window;
    private int _calls;
    private double _measured;

    public async Task WaitAsync(CancellationToken cancel)
    {
        TimeSpan wait;
        lock (_lock)
        {
            Count();
            if (double.IsPositiveInfinity(_rate)) return;
            var now = clock.GetTimestamp();
            _next = Math.Max(_next, now) + (long)(clock.TimestampFrequency / _rate);
            wait = clock.GetElapsedTime(now, _next);
        }

        await Task.Delay(wait, clock, cancel);
    }

    public void Throttled()
    {
        lock (_lock)
        {
            if (_changed != 0 && clock.GetElapsedTime(_changed) < s_settle) return;
            _changed = clock.GetTimestamp();
            _rate = Math.Max(Slowest, Cut * Math.Min(_rate, Math.Max(_measured, Slowest)));
        }
    }

    public void Answered()
    {
        lock (_lock)
        {
            if (double.IsPositiveInfinity(_rate) || clock.GetElapsedTime(_changed) < s_settle) return;
            _changed = clock.GetTimestamp();
            _rate *= Gain;
        }
    }

    // Calls in the last whole second.
    private void Count()
    {
        var now = clock.GetTimestamp();
        if (_window == 0 || clock.GetElapsedTime(_window, now) >= s_settle)
        {
            _measured = _window == 0 ? 0 : _calls / clock.GetElapsedTime(_window, now).TotalSeconds;
            (_window, _calls) = (now, 0);
        }

        _calls++;
    }
}
