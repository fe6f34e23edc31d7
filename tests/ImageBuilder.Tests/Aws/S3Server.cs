using System.Text;
using ImageBuilder.Aws;
using ImageBuilder.Model;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Aws;

/// <summary>One bucket of one account, behind what AWS's own client for S3 speaks.</summary>
internal sealed class S3Server : IDisposable
{
    public const string Bucket = "my-bucket";
    public const string Owner = "123456789012";

    /// <summary>Larger files are sent in parts.</summary>
    public const int OnePart = 8 << 20;

    private readonly FakeStock _stock;
    private readonly CloudServer _server;

    public S3Server()
    {
        var cloud = new FakeCloud();
        _stock = cloud.StockOf("us-east-1");
        (_stock.Bucket, _stock.BucketOwner) = (Bucket, Owner);
        _server = new CloudServer(cloud);
    }

    /// <summary>Operations in order.</summary>
    public IEnumerable<string> Asked => _server.Asked.Select(a => a.Split(' ')[1]);

    public int PageSize { set => _stock.PageSize = value; }

    /// <summary>By region and operation.</summary>
    public Func<string, Fault> Faults { set => _server.Faults = value; }

    public S3Store Store => new(name => name switch
    {
        "AWS_ENDPOINT_URL" => _server.Address,
        "AWS_REGION" => "us-east-1",
        "AWS_ACCESS_KEY_ID" => "key",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        _ => null,
    })
    { OnePart = OnePart };

    public byte[] this[string key]
    {
        get => _stock.Objects[Address(key)];
        set => _stock.Objects[Address(key)] = value;
    }

    public IEnumerable<string> Keys => _stock.Objects.Keys.Select(k => k[Address("").Length..]).Order(StringComparer.Ordinal);

    public void Put(string key, string text) => this[key] = Encoding.UTF8.GetBytes(text);

    /// <summary>Every request did fit the model of S3, if it was one.</summary>
    public void Dispose()
    {
        _server.Dispose();
        _server.Requests.Fit();
    }

    private static string Address(string key) => new ObjectAddress(Bucket, key).ToString();
}
