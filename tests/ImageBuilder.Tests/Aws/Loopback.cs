using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ImageBuilder.Tests.Aws;

/// <summary>Servers of tests on a port that is free.</summary>
internal static class Loopback
{
    /// <summary>Starts to listen. Between looking for a free port and taking it, another test may have taken it.</summary>
    public static (HttpListener Listener, string Address) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            int port;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
            var listener = new HttpListener();
            listener.Prefixes.Add($"{address}/");
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    /// <summary>Answers one request after the other until the listener is closed.</summary>
    public static async Task ServeAsync(HttpListener listener, Func<HttpListenerRequest, HttpListenerResponse, Task> answer)
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // the test is over
            }

            try
            {
                using var response = context.Response;
                await answer(context.Request, response);
            }
            catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
            {
                // Whoever asked is gone.
            }
        }
    }
}
