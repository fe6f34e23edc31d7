using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ImageBuilder.Aws;

namespace ImageBuilder.Tests.Aws;

/// <summary>A store that speaks enough of Systems Manager for AWS's own client. It checks no signatures.</summary>
internal sealed class ParameterServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentDictionary<string, (string Type, string Value, int Version)> _parameters = new();

    public ParameterServer()
    {
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    /// <summary>Name of each parameter asked for, with <c>!</c> when it was to be decrypted.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public AmazonParameterStore Store => new(name => name switch
    {
        "AWS_ENDPOINT_URL" => Address,
        "AWS_ACCESS_KEY_ID" => "key",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        _ => null,
    });

    public void Put(string name, string type, string value) =>
        _parameters[name] = (type, value, _parameters.TryGetValue(name, out var before) ? before.Version + 1 : 1);

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var asked = await JsonNode.ParseAsync(request.InputStream);
        var (code, answer) = Answer(request.Headers["X-Amz-Target"], asked!["Name"]!.GetValue<string>(), // AWS's client asks so
            asked["WithDecryption"]?.GetValue<bool>() ?? false);
        response.StatusCode = code;
        response.ContentType = "application/x-amz-json-1.1";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }

    private (int, JsonObject) Answer(string? target, string name, bool decrypt)
    {
        Asked.Enqueue(name + (decrypt ? "!" : ""));
        if (target != "AmazonSSM.GetParameter") return (400, new JsonObject { ["__type"] = "UnknownOperationException" });
        if (name.StartsWith("/forbidden", StringComparison.Ordinal))
            return (400, new JsonObject { ["__type"] = "AccessDeniedException", ["message"] = "User is not authorized to perform ssm:GetParameter" });
        if (!_parameters.TryGetValue(name, out var found)) return (400, new JsonObject { ["__type"] = "ParameterNotFound" });
        return (200, new JsonObject
        {
            ["Parameter"] = new JsonObject
            {
                ["Name"] = name,
                ["Type"] = found.Type,
                ["Value"] = found.Type == "SecureString" && !decrypt ? "encrypted:AQICAHh" : found.Value,
                ["Version"] = found.Version,
                ["ARN"] = $"arn:aws:ssm:us-east-1:123456789012:parameter{name}",
                ["LastModifiedDate"] = 1764000000 + found.Version,
            },
        });
    }
}
