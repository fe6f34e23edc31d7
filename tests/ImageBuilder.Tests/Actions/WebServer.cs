using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImageBuilder.Tests.Actions;

/// <summary>A web server on the loopback interface: answers each path with what was set for it, in order, the last answer for ever.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly X509Certificate2? _certificate;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, Queue<string>> _answers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <param name="certificate">Of a server that speaks https; null: http.</param>
    public WebServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _serving = ServeAsync();
    }

    public List<string> Asked { get; } = [];

    public string Address => string.Create(CultureInfo.InvariantCulture, $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Answer(string path, int status, string body, string? location = null)
    {
        if (!_answers.TryGetValue(path, out var answers)) _answers[path] = answers = [];
        var more = location is null ? "" : $"Location: {location}\r\n";
        answers.Enqueue(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Answer\r\n{more}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task<Stream?> OpenAsync(TcpClient client)
    {
        if (_certificate is null) return client.GetStream();
        var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            return stream;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The other side does not like the certificate.
            await stream.DisposeAsync();
            return null;
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using var stream = await OpenAsync(client);
                if (stream is null) continue;
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var path = (await reader.ReadLineAsync(_stop.Token))?.Split(' ')[1] ?? "";
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 }) { }
                Asked.Add(path);
                var answer = !_answers.TryGetValue(path, out var answers) ? "HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    : answers.Count > 1 ? answers.Dequeue() : answers.Peek();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
