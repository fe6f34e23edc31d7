using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Clouds;

/// <summary>Instances that start at once, and what a test says of them.</summary>
internal sealed class FakeCompute(FakeCloud cloud, CloudPlace place, FakeStock stock) : ICompute
{
    public Task<string> StartAsync(NewInstance instance, CancellationToken cancel) => DoAsync("RunInstances", () =>
    {
        if (!cloud.Types.Contains(instance.Type))
            throw new ProblemException(ExitCode.BuildFailed, new Problem(CloudCalls.NoCapacity, $"No {instance.Type} is to be had.", "All are taken.", "Wait."));
        var id = stock.NewId("i");
        stock.Started[id] = instance;
        stock.Instances[id] = new CloudInstance(id, "running", "", instance.Image, instance.Type, cloud.Now, instance.Tags);
        return id;
    }, cancel);

    public Task CheckAsync(NewInstance instance, CancellationToken cancel) => DoAsync("checks", () => cloud.Refusal is { } refusal ? throw refusal : true, cancel);

    public Task<CloudInstance?> GetAsync(string id, CancellationToken cancel) => DoAsync("instance", () => stock.Instances.GetValueOrDefault(id), cancel);

    public Task<IReadOnlyList<CloudInstance>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => DoAsync<IReadOnlyList<CloudInstance>>(
        "instances", () => [.. stock.Instances.Values.Where(i => i.State != "terminated" && FakeRegion.Has(i.Tags, tags))], cancel);

    public Task<IReadOnlyList<CloudInstance>> FindByImageAsync(string image, CancellationToken cancel) => DoAsync<IReadOnlyList<CloudInstance>>(
        "instances", () => [.. stock.Instances.Values.Where(i => i.Image == image && i.State != "terminated")], cancel);

    public Task<string> HealthAsync(string id, CancellationToken cancel) => DoAsync("health", () => "ok", cancel);

    public Task StopAsync(string id, CancellationToken cancel) => SetAsync("StopInstances", id, "stopped", cancel);

    public Task RestartAsync(string id, CancellationToken cancel) => DoAsync("RebootInstances", () => ++stock.Restarts, cancel);

    public Task TerminateAsync(string id, CancellationToken cancel) => SetAsync("TerminateInstances", id, "terminated", cancel);

    public Task<string> ConsoleAsync(string id, CancellationToken cancel) => DoAsync("console", () => "login:", cancel);

    public Task<IReadOnlyList<string>> OfferedAsync(IReadOnlyCollection<string> types, CancellationToken cancel) =>
        DoAsync<IReadOnlyList<string>>("offers", () => [.. types], cancel);

    public Task<IReadOnlyList<string>> RegionsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>(["eu-west-1", "us-east-1"]);

    public Task<CloudSubnet?> SubnetAsync(string id, CancellationToken cancel) => throw new NotSupportedException();

    public Task<CloudSubnet?> DefaultSubnetAsync(CancellationToken cancel) => DoAsync<CloudSubnet?>("subnet", () => new CloudSubnet("subnet-1", "vpc-1", "a"), cancel);

    public Task<string> CreateClosedGroupAsync(string name, string network, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        DoAsync("CreateSecurityGroup", () =>
    {
        var id = stock.NewId("sg");
        stock.Groups[id] = new CloudGroup(id, name, tags);
        return id;
    }, cancel);

    public Task<IReadOnlyList<CloudGroup>> FindGroupsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        DoAsync<IReadOnlyList<CloudGroup>>("groups", () => [.. stock.Groups.Values.Where(g => FakeRegion.Has(g.Tags, tags))], cancel);

    public Task DeleteGroupAsync(string id, CancellationToken cancel) => DoAsync("DeleteSecurityGroup", () =>
    {
        Assert.DoesNotContain(stock.Instances.Values, i => i.State != "terminated" && stock.Started[i.Id].Groups.Contains(id));
        return stock.Groups.Remove(id);
    }, cancel);

    private Task<CloudInstance> SetAsync(string call, string id, string state, CancellationToken cancel) =>
        DoAsync(call, () => stock.Instances[id] = stock.Instances[id] with { State = state }, cancel);

    private Task<T> DoAsync<T>(string call, Func<T> effect, CancellationToken cancel) => cloud.DoAsync(place.Region, call, effect, cancel);
}
