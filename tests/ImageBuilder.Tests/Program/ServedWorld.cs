using ImageBuilder.Aws;
using ImageBuilder.Clouds;
using ImageBuilder.Tests.Aws;

namespace ImageBuilder.Tests.Program;

/// <summary>A world whose cloud is asked by the real clients of AWS, over HTTP.</summary>
internal sealed class ServedWorld : IDisposable
{
    private readonly AmazonCloud _cloud;

    /// <param name="region">The caller's.</param>
    public ServedWorld(FakeWorld world, string region)
    {
        Server = new CloudServer(world.Cloud);
        _cloud = new AmazonCloud(name => name switch
        {
            "AWS_ENDPOINT_URL" => Server.Address,
            "AWS_REGION" => region,
            "AWS_ACCESS_KEY_ID" => "key",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            _ => null,
        }, world.Clock);
        world.SeenCloud = new RealCloud(_cloud);
    }

    public CloudServer Server { get; }

    public void Dispose()
    {
        _cloud.Dispose();
        Server.Dispose();
    }

    // Nothing is forgiven as it would be where another server stands for AWS.
    private sealed class RealCloud(AmazonCloud inner) : ICloud
    {
        public string Name => inner.Name;

        public string? HomeRegion => inner.HomeRegion;

        public bool IsEmulated => false;

        public ICloudRegion At(CloudPlace place) => inner.At(place);

        public void Dispose() { }
    }
}
