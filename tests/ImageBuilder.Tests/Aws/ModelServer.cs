using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace ImageBuilder.Tests.Aws;

/// <summary>A server that compares each request with the public model of its service, and answers what a test has laid down for the operation.</summary>
internal sealed class ModelServer : IDisposable
{
    private readonly HttpListener _listener;

    public ModelServer()
    {
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    public CheckedRequests Requests { get; } = new();

    /// <summary>Service and operation of each request, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Answers by operation: JSON, or XML where the service speaks that.</summary>
    public Dictionary<string, string> Answers { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        string answer;
        try
        {
            var read = await Requests.ReadAsync(request);
            Asked.Enqueue($"{read.Service}:{read.Operation}");
            answer = Answers.GetValueOrDefault(read.Operation) ?? (read.Model.Protocol is "query" or "ec2" ? $"<{read.Operation}Response/>" : "{}");
        }
        catch (Exception e)
        {
            Requests.Mistakes.Enqueue($"{request.HttpMethod} {request.RawUrl}: {e}");
            answer = "{}";
        }

        response.ContentType = answer.StartsWith('<') ? "text/xml" : "application/json";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
    }
}
