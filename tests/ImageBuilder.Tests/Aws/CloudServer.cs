using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Aws;

/// <summary>How a request goes wrong.</summary>
internal enum Fault
{
    None,

    /// <summary>Too many requests: nothing was done.</summary>
    Throttled,

    /// <summary>The service fails: nothing was done.</summary>
    Broken,

    /// <summary>It is done, and the answer gets lost.</summary>
    Unanswered,

    /// <summary>An answer as it was before, where the same was asked before.</summary>
    Stale,

    /// <summary>The credentials have expired.</summary>
    Expired,

    /// <summary>Nobody answers.</summary>
    Down,
}

/// <summary>AWS over HTTP, as far as distributions need it: keeps state, compares each request with the public models, and fails as it is told.</summary>
internal sealed class CloudServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ServedCloud _cloud;
    private readonly ConcurrentDictionary<string, byte[]> _answers = new();

    public CloudServer(FakeCloud cloud)
    {
        _cloud = new ServedCloud(cloud);
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    /// <summary>By region and operation, e.g. <c>eu-west-1 RegisterImage</c>.</summary>
    public Func<string, Fault> Faults { get; set; } = _ => Fault.None;

    /// <summary>Requests by region and operation, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public CheckedRequests Requests { get; } = new();

    /// <summary>Three of ten requests are throttled, one fails, some are answered as before and of some the answer gets lost.</summary>
    public void FailsAtRandom(int seed)
    {
        var (random, gate) = (new Random(seed), new Lock());
        Faults = call =>
        {
            lock (gate) return random.Next(100) switch
            {
                < 30 => Fault.Throttled,
                < 40 => Fault.Broken,
                < 44 => Fault.Unanswered,
                < 50 when call.Contains("Describe", StringComparison.Ordinal) => Fault.Stale,
                _ => Fault.None,
            };
        };
    }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var (model, _, region, operation, given, body) = await Requests.ReadAsync(request);
        Asked.Enqueue($"{region} {operation}");
        var fault = Faults($"{region} {operation}");
        if (fault is Fault.Down)
        {
            response.Abort();
            return;
        }

        var same = $"{region} {operation} {given.ToJsonString()}";
        var (status, answer) = fault switch
        {
            Fault.Throttled => Refuse(503, model.Protocol == "ec2" ? "RequestLimitExceeded" : "ThrottlingException"),
            Fault.Broken => Refuse(500, model.Protocol == "ec2" ? "InternalError" : "InternalServerError"),
            Fault.Expired => Refuse(400, model.Protocol == "ec2" ? "RequestExpired" : "ExpiredTokenException"),
            Fault.Stale when _answers.TryGetValue(same, out var before) => (200, before),
            _ => await DoAsync(model, region, operation, given, body),
        };
        if (fault == Fault.Unanswered)
        {
            response.Abort();
            return;
        }

        if (status == 200) _answers[same] = answer;
        response.StatusCode = status;
        response.ContentType = model.Protocol is "ec2" or "query" ? "text/xml" : "application/json";
        await response.OutputStream.WriteAsync(answer);

        (int, byte[]) Refuse(int code, string name)
        {
            response.Headers["x-amzn-ErrorType"] = name;
            return (code, Encoding.UTF8.GetBytes(Wire.Refusal(model, name, "The test wants it.")));
        }
    }

    private async Task<(int, byte[])> DoAsync(ServiceModel model, string region, string operation, JsonObject given, byte[] body)
    {
        try
        {
            var answer = await _cloud.DoAsync(region, operation, given, body);
            return (200, answer is JsonObject fields ? Encoding.UTF8.GetBytes(Wire.Write(model, operation, fields)) : answer.GetValue<byte[]>());
        }
        catch (ServiceRefusal e)
        {
            return (400, Encoding.UTF8.GetBytes(Wire.Refusal(model, e.Code, e.Message)));
        }
        catch (Exception e)
        {
            Requests.Mistakes.Enqueue($"{operation}: {e}"); // the program would only be told that a service fails
            return (500, Encoding.UTF8.GetBytes(Wire.Refusal(model, "InternalError", e.Message)));
        }
    }
}
