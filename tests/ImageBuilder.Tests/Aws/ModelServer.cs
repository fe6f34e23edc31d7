using System.Collections.Concurrent;
using System.Net;
using System.Text;

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
        var service = Wire.ServiceOf(request).Name;
        var model = _models.GetOrAdd(service, ServiceModel.Of);
        var (operation, given) = Wire.Read(model, request, body);
        Asked.Enqueue($"{service}:{operation}");
        foreach (var mistake in model.MistakesIn(operation, given)) Mistakes.Enqueue($"{service}: {mistake}");
        return Answers.TryGetValue(operation, out var answer) ? answer : model.Protocol is "query" or "ec2" ? $"<{operation}Response/>" : "{}";
    }
}
