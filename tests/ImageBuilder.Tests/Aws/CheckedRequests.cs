using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace ImageBuilder.Tests.Aws;

/// <summary>Reads requests of AWS's clients and compares each with the public model of its service.</summary>
internal sealed class CheckedRequests
{
    /// <summary>What did not fit the models.</summary>
    public ConcurrentQueue<string> Mistakes { get; } = new();

    public async Task<CheckedRequest> ReadAsync(HttpListenerRequest request)
    {
        using var content = new MemoryStream();
        await request.InputStream.CopyToAsync(content);
        var body = content.ToArray();
        var (service, region) = Wire.ServiceOf(request);
        var model = ServiceModel.Of(service);
        var (operation, given) = Wire.Read(model, request, body);
        foreach (var mistake in model.MistakesIn(operation, given)) Mistakes.Enqueue($"{service}: {mistake}");
        return new CheckedRequest(model, service, region, operation, given, body);
    }

    /// <summary>Every request did fit its model.</summary>
    public void Fit() => Assert.True(Mistakes.IsEmpty, string.Join('\n', Mistakes.Distinct()));
}

/// <param name="Given">By the names that members have in the model.</param>
internal sealed record CheckedRequest(ServiceModel Model, string Service, string Region, string Operation, JsonObject Given, byte[] Body);
