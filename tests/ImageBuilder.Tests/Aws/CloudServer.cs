using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ImageBuilder.Problems;
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
    private readonly ConcurrentDictionary<string, Answer> _answers = new();

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
        var who = Wire.CallerOf(request);
        Asked.Enqueue($"{region} {operation}");
        var fault = Faults($"{region} {operation}");
        if (fault is Fault.Down)
        {
            response.Abort();
            return;
        }

        var same = $"{who} {region} {operation} {given.ToJsonString()}";
        var answer = fault switch
        {
            Fault.Throttled => Refuse(model, 503, Choose("RequestLimitExceeded", "SlowDown", "ThrottlingException")),
            Fault.Broken => Refuse(model, 500, Choose("InternalError", "InternalError", "InternalServerError")),
            Fault.Expired => Refuse(model, 400, Choose("RequestExpired", "ExpiredToken", "ExpiredTokenException")),
            Fault.Stale when _answers.TryGetValue(same, out var before) => before,
            _ => await DoAsync(model, who, region, operation, given, body),
        };
        if (fault == Fault.Unanswered)
        {
            response.Abort();
            return;
        }

        if (answer.Status == 200) _answers[same] = answer;
        response.StatusCode = answer.Status;
        response.ContentType = model.Protocol is "ec2" or "query" or "rest-xml" ? "text/xml" : "application/json";
        foreach (var (name, value) in answer.Headers)
            if (name == "Content-Length") response.ContentLength64 = long.Parse(value, CultureInfo.InvariantCulture);
            else response.AddHeader(name, value);
        if (request.HttpMethod != "HEAD") await response.OutputStream.WriteAsync(answer.Content);

        string Choose(string ec2, string s3, string other) => model.Protocol switch
        {
            "ec2" => ec2,
            "rest-xml" => s3,
            _ => other,
        };
    }

    private static Answer Refuse(ServiceModel model, int status, string name, string why = "The test wants it.") =>
        new(status, Encoding.UTF8.GetBytes(Wire.Refusal(model, name, why)), [("x-amzn-ErrorType", name)]);

    private async Task<Answer> DoAsync(ServiceModel model, string who, string region, string operation, JsonObject given, byte[] body)
    {
        try
        {
            return Wire.Write(model, operation, await _cloud.DoAsync(who, region, operation, given, body));
        }
        catch (ServiceRefusal e)
        {
            return Refuse(model, e.Status, e.Code, e.Message);
        }
        catch (ProblemException e)
        {
            return Refuse(model, 400, "OperationNotPermittedException", e.Message); // what the cloud in memory refuses
        }
        catch (Exception e)
        {
            Requests.Mistakes.Enqueue($"{operation}: {e}"); // the program would only be told that a service fails
            return Refuse(model, 500, "InternalError", e.Message);
        }
    }
}
