using System.Collections.Concurrent;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Amazon Web Services, with the credentials, region and end points that AWS's own tools would use here.</summary>
public sealed class AmazonCloud(Func<string, string?> environment, TimeProvider clock) : ICloud
{
    private readonly ConcurrentDictionary<CloudPlace, AmazonRegion> _places = new();
    private readonly Caller _caller = new(environment, clock);

    public AmazonCloud() : this(Environment.GetEnvironmentVariable, TimeProvider.System) { }

    public string Name => "aws";

    public string? HomeRegion => _caller.Region;

    public bool IsEmulated => _caller.IsEmulated("EC2");

    public ICloudRegion At(CloudPlace place) => _places.GetOrAdd(place, p => new AmazonRegion(p, _caller, clock));

    public void Dispose()
    {
        foreach (var place in _places.Values) place.Dispose();
        _places.Clear();
    }
}
