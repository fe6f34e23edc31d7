using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ImageBuilder.Aws;

namespace ImageBuilder.Tests.Aws;

/// <summary>A store that speaks enough of S3 for AWS's own client: one bucket of one account, pages of two keys. It checks no signatures.</summary>
internal sealed class S3Server : IDisposable
{
    public const string Bucket = "my-bucket";
    public const string Owner = "123456789012";

    private const int PageSize = 2;

    private readonly HttpListener _listener;
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();

    public S3Server()
    {
        (_listener, Address) = Loopback.Listen();
        _ = Loopback.ServeAsync(_listener, AnswerAsync);
    }

    public string Address { get; }

    /// <summary>Method and path of each request.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public S3Store Store => new(name => name switch
    {
        "AWS_ENDPOINT_URL" => Address,
        "AWS_ACCESS_KEY_ID" => "key",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        _ => null,
    });

    public byte[] this[string key]
    {
        get => _objects[key];
        set => _objects[key] = value;
    }

    public IEnumerable<string> Keys => _objects.Keys.Order(StringComparer.Ordinal);

    public void Put(string key, string text) => this[key] = Encoding.UTF8.GetBytes(text);

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var path = Uri.UnescapeDataString(request.Url!.AbsolutePath); // a request has an address
        Asked.Enqueue($"{request.HttpMethod} {path}");
        var (bucket, key) = path.IndexOf('/', 1) is > 0 and var cut ? (path[1..cut], path[(cut + 1)..]) : (path[1..], "");
        if (request.Headers["Authorization"]?.StartsWith("AWS4-HMAC-SHA256 Credential=key/", StringComparison.Ordinal) != true)
            await ErrorAsync(response, 403, "AccessDenied");
        else if (request.Headers["x-amz-expected-bucket-owner"] is { } owner && owner != Owner) await ErrorAsync(response, 403, "AccessDenied");
        else if (bucket != Bucket) await ErrorAsync(response, 404, "NoSuchBucket");
        else if (key.Length == 0) await ListAsync(request, response);
        else if (request.HttpMethod == "PUT")
        {
            var content = new MemoryStream();
            await request.InputStream.CopyToAsync(content);
            this[key] = content.ToArray();
            response.AddHeader("ETag", TagOf(this[key]));
        }
        else if (!_objects.TryGetValue(key, out var found)) await ErrorAsync(response, 404, "NoSuchKey");
        else if (request.Headers["If-Match"] is { } tag && tag != TagOf(found)) await ErrorAsync(response, 412, "PreconditionFailed");
        else
        {
            response.AddHeader("ETag", TagOf(found));
            response.ContentLength64 = found.Length;
            if (request.HttpMethod == "GET") await response.OutputStream.WriteAsync(found);
        }
    }

    private async Task ListAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var (prefix, after) = (request.QueryString["prefix"] ?? "", request.QueryString["continuation-token"] ?? "");
        var keys = Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(k, after) > 0).ToList();
        var page = keys.Take(PageSize).ToList();
        XNamespace s3 = "http://s3.amazonaws.com/doc/2006-03-01/";
        var list = new XElement(s3 + "ListBucketResult", new XElement(s3 + "Name", Bucket), new XElement(s3 + "IsTruncated", keys.Count > page.Count),
            keys.Count > page.Count ? new XElement(s3 + "NextContinuationToken", page[^1]) : null,
            page.Select(k => new XElement(s3 + "Contents", new XElement(s3 + "Key", k), new XElement(s3 + "Size", this[k].Length), new XElement(s3 + "ETag", TagOf(this[k])))));
        await TextAsync(response, list.ToString());
    }

    private static async Task ErrorAsync(HttpListenerResponse response, int status, string code)
    {
        response.StatusCode = status;
        await TextAsync(response, $"<Error><Code>{code}</Code><Message>{code} it is.</Message></Error>");
    }

    private static async Task TextAsync(HttpListenerResponse response, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
    }

#pragma warning disable CA5351 // What S3's tags are.
    private static string TagOf(byte[] content) => $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"";
#pragma warning restore CA5351
}
