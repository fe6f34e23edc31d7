using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace ImageBuilder.Tests.Aws;

/// <summary>A server that compares each request with the public model of its service, and answers what a test has laid down for the operation.</summary>
internal sealed class ModelServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentDictionary<string, ServiceModel> _models = new();

    public ModelServer()
    {
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    /// <summary>Service and operation of each request, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>What did not fit the models.</summary>
    public ConcurrentQueue<string> Mistakes { get; } = new();

    /// <summary>Answers by operation: JSON, or XML where the service speaks that.</summary>
    public Dictionary<string, string> Answers { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        string answer;
        try
        {
            answer = Answer(request, body.ToArray());
        }
        catch (Exception e)
        {
            Mistakes.Enqueue($"{request.HttpMethod} {request.RawUrl}: {e}");
            answer = "{}";
        }

        response.ContentType = answer.StartsWith('<') ? "text/xml" : "application/json";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
    }

    private string Answer(HttpListenerRequest request, byte[] body)
    {
        var service = (request.Headers["Authorization"] ?? "").Split(',')[0].Split('/')[3];
        var model = _models.GetOrAdd(service, ServiceModel.Of);
        var (operation, given) = model.Protocol switch
        {
            "query" => Form(Encoding.UTF8.GetString(body)),
            "json" => ((request.Headers["X-Amz-Target"] ?? "").Split('.')[^1], JsonNode.Parse(body)!.AsObject()),
            _ => Rest(model, request, body),
        };
        Asked.Enqueue($"{service}:{operation}");
        foreach (var mistake in model.MistakesIn(operation, given)) Mistakes.Enqueue($"{service}: {mistake}");
        return Answers.TryGetValue(operation, out var answer) ? answer : model.Protocol == "query" ? $"<{operation}Response/>" : "{}";
    }

    private static (string, JsonObject) Rest(ServiceModel model, HttpListenerRequest request, byte[] body)
    {
        var (operation, values) = model.OperationAt(request.HttpMethod, request.Url!.AbsolutePath); // a request has an address
        if (operation.Length == 0) return (operation, []);
        var content = body is [(byte)'{', ..] ? JsonNode.Parse(body)!.AsObject() : [];
        var query = request.QueryString.AllKeys.OfType<string>().ToHashSet();
        var given = new JsonObject();
        foreach (var (name, location, wire, isPayload) in model.MembersOf(operation))
        {
            JsonNode? value = location switch
            {
                "uri" => values.GetValueOrDefault(wire),
                "querystring" => request.QueryString[wire],
                "header" => request.Headers[wire],
                _ => isPayload ? $"{body.Length} bytes" : content[wire]?.DeepClone(),
            };
            if (value is not null) given[name] = value;
            query.Remove(location == "querystring" ? wire : "");
            content.Remove(location.Length == 0 ? wire : "");
        }

        foreach (var unknown in query.Concat(content.Select(c => c.Key))) given[unknown] = "unknown";
        return (operation, given);
    }

    // Name=value, and lists as Name.member.1=value.
    private static (string, JsonObject) Form(string text)
    {
        var form = HttpUtility.ParseQueryString(text);
        var given = new JsonObject();
        foreach (var key in form.AllKeys.OfType<string>().Where(k => k is not ("Action" or "Version")).Order(StringComparer.Ordinal))
        {
            if (key.Split('.') is not [var list, "member", var number]) given[key] = form[key];
            else if (given[list] is JsonArray items) items.Add(form[key]);
            else given[list] = number == "1" ? new JsonArray(form[key]) : string.Create(CultureInfo.InvariantCulture, $"begins with {number}");
        }

        return (form["Action"] ?? "", given);
    }
}
