using System.Collections.Concurrent;
using System.Reflection;
using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Clouds;

/// <summary>Notes which members of which ports are called, as <c>IImages.RegisterAsync</c>.</summary>
internal sealed class RecordingCloud(ICloud cloud) : ICloud
{
    public ConcurrentDictionary<string, bool> Called { get; } = new();

    public string Name => cloud.Name;

    public string? HomeRegion => cloud.HomeRegion;

    public bool IsEmulated => cloud.IsEmulated;

    public ICloudRegion At(CloudPlace place) => Recorder<ICloudRegion>.Of(cloud.At(place), this);

    public void Dispose() => cloud.Dispose();
}

/// <summary>Stands before a port, and before the ports that it gives.</summary>
public class Recorder<T> : DispatchProxy where T : class
{
    private T _port = null!;
    private RecordingCloud _cloud = null!;

    internal static T Of(T port, RecordingCloud cloud)
    {
        var proxy = Create<T, Recorder<T>>();
        ((Recorder<T>)(object)proxy)._port = port;
        ((Recorder<T>)(object)proxy)._cloud = cloud;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        object? answer;
        try
        {
            answer = targetMethod!.Invoke(_port, args);
        }
        catch (TargetInvocationException e)
        {
            throw e.InnerException!;
        }

        if (targetMethod.Name.StartsWith("get_", StringComparison.Ordinal))
            return targetMethod.ReturnType.IsInterface && typeof(T) == typeof(ICloudRegion)
                ? typeof(Recorder<>).MakeGenericType(targetMethod.ReturnType).GetMethod("Of", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [answer, _cloud])
                : answer;
        _cloud.Called[$"{typeof(T).Name}.{targetMethod.Name}"] = true;
        return answer;
    }
}
