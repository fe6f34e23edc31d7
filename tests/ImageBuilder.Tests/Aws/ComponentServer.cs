using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ImageBuilder.Aws;

namespace ImageBuilder.Tests.Aws;

/// <summary>A store that speaks enough of EC2 Image Builder for a client that signs. It checks whose signature it is, and no more.</summary>
internal sealed class ComponentServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentDictionary<string, string> _documents = new();

    public ComponentServer()
    {
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    /// <summary>Method, path and scope of the signature of each request.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public AmazonComponentStore Store => new(name => name switch
    {
        "AWS_ENDPOINT_URL" => Address,
        "AWS_REGION" => "eu-west-1",
        "AWS_ACCESS_KEY_ID" => "key",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        _ => null,
    });

    public static string Arn(string name) => $"arn:aws:imagebuilder:eu-west-1:123456789012:component/{name}/1.0.0/1";

    public void Put(string name, string document) => _documents[Arn(name)] = document;

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var (code, answer) = Answer(request);
        response.StatusCode = code;
        response.ContentType = "application/json";
        if (code >= 400) response.AddHeader("x-amzn-ErrorType", answer["__type"]!.GetValue<string>()); // errors have a type
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }

    private (int, JsonObject) Answer(HttpListenerRequest request)
    {
        var scope = (request.Headers["Authorization"] ?? "").Split(',')[0].Split('/');
        Asked.Enqueue($"{request.HttpMethod} {request.Url!.AbsolutePath} {string.Join('/', scope.Skip(2))}"); // a request has an address
        if (scope[0] != "AWS4-HMAC-SHA256 Credential=key" || request.Headers["X-Amz-Date"] is null) return Error(403, "IncompleteSignature");
        var arn = request.QueryString["componentBuildVersionArn"] ?? "";
        if (arn.Contains("/forbidden/", StringComparison.Ordinal)) return Error(403, "AccessDeniedException");
        if (!_documents.TryGetValue(arn, out var document)) return Error(404, "ResourceNotFoundException");
        return (200, new JsonObject { ["requestId"] = "1", ["component"] = new JsonObject { ["arn"] = arn, ["data"] = document } });
    }

    private static (int, JsonObject) Error(int status, string type) => (status, new JsonObject { ["__type"] = type, ["message"] = $"{type} it is." });
}
