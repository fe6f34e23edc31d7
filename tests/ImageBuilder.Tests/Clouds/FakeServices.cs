using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Clouds;

internal sealed class FakeParameters(FakeCloud cloud, CloudPlace place, FakeStock stock) : IParameterStore
{
    public Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel) => cloud.DoAsync(place.Region, "parameter",
        () => stock.Parameters.TryGetValue(name, out var value) ? new StoredParameter(name, false, value, "1") : null, cancel);

    public Task PutAsync(string name, string value, string type, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "PutParameter", () => stock.Parameters[name] = value, cancel);

    public Task DeleteAsync(string name, CancellationToken cancel) => cloud.DoAsync(place.Region, "DeleteParameter", () => stock.Parameters.Remove(name), cancel);

    public Task<IReadOnlyList<string>> UsingAsync(string value, CancellationToken cancel) => cloud.DoAsync<IReadOnlyList<string>>(
        place.Region, "parameters", () => [.. stock.Parameters.Where(p => p.Value == value).Select(p => p.Key)], cancel);
}

internal sealed class FakeTemplates(FakeCloud cloud, CloudPlace place, FakeStock stock) : ILaunchTemplates
{
    public Task<LaunchTemplate?> GetAsync(string template, CancellationToken cancel) => cloud.DoAsync(place.Region, "template", () =>
        stock.Templates.TryGetValue(template, out var found) ? new LaunchTemplate(template, template, found.Default, found.Images.Count) : null, cancel);

    public Task<long> AddVersionAsync(string id, string image, string description, string token, CancellationToken cancel) => cloud.DoAsync<long>(
        place.Region, "AddVersion", () =>
        {
            stock.Templates[id].Images.Add(image);
            return stock.Templates[id].Images.Count;
        }, cancel);

    public Task SetDefaultAsync(string id, long version, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "SetDefault", () => stock.Templates[id] = stock.Templates[id] with { Default = version }, cancel);

    public Task DeleteVersionAsync(string id, long version, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "DeleteVersion", () => stock.Templates[id].Images[(int)version - 1] = null, cancel);

    public Task<string?> ImageOfAsync(string id, long version, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "version", () => stock.Templates[id].Images.ElementAtOrDefault((int)version - 1), cancel);

    public Task<IReadOnlyList<string>> UsingAsync(string image, CancellationToken cancel) => cloud.DoAsync<IReadOnlyList<string>>(
        place.Region, "templates", () => [.. stock.Templates.Where(t => t.Value.Images.Contains(image)).Select(t => t.Key)], cancel);
}

internal sealed class FakeObjects(FakeCloud cloud, CloudPlace place, FakeStock stock) : IObjectStore
{
    public Task<StoredObject?> FindAsync(ObjectAddress address, string? owner, CancellationToken cancel) => cloud.DoAsync(place.Region, "object",
        () => Own(owner).TryGetValue(address.ToString(), out var found) ? new StoredObject(address, found.Length, Convert.ToHexString(found)) : null, cancel);

    public Task<IReadOnlyList<StoredObject>> ListAsync(ObjectAddress prefix, string? owner, int most, CancellationToken cancel) => throw new NotSupportedException();

    public Task DownloadAsync(StoredObject wanted, string? owner, string path, CancellationToken cancel) => cloud.DoAsync(place.Region, "download", () =>
    {
        File.WriteAllBytes(path, Own(owner)[wanted.Address.ToString()]);
        return true;
    }, cancel);

    public Task UploadAsync(string path, ObjectAddress address, string? owner, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "Upload", () => Own(owner)[address.ToString()] = File.ReadAllBytes(path), cancel);

    public Task DeleteAsync(ObjectAddress address, string? owner, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "DeleteObject", () => Own(owner).Remove(address.ToString()), cancel);

    public string Presign(ObjectAddress address, TimeSpan valid) => throw new NotSupportedException();

    public Task<string> RegionAsync(string bucket, CancellationToken cancel) => cloud.DoAsync(place.Region, "bucket", () => stock.BucketRegion ?? place.Region, cancel);

    // S3 refuses who expects another owner; here also who expects none, where a test says whose the bucket is.
    private Dictionary<string, byte[]> Own(string? owner) => stock.BucketOwner is null || owner == stock.BucketOwner ? stock.Objects
        : throw new ProblemException(ExitCode.BuildFailed, new Problem("IB0000",
            $"The bucket does not belong to {owner ?? "whom nobody named"}.", "The cloud in memory says so.", "Name its owner."));
}

internal sealed class FakeNotifier(FakeCloud cloud, CloudPlace place, FakeStock stock) : INotifier
{
    public Task PublishAsync(string topic, string subject, string message, CancellationToken cancel) => cloud.DoAsync(place.Region, "Publish", () =>
    {
        stock.Messages.Add($"{subject}\n{message}");
        return true;
    }, cancel);
}

internal sealed class FakeRoles(FakeCloud cloud, CloudPlace place, FakeStock stock) : IRoles
{
    public Task<CloudRole?> GetAsync(string name, CancellationToken cancel) => cloud.DoAsync(place.Region, "role", () => stock.Roles.GetValueOrDefault(name), cancel);

    public Task<IReadOnlyList<string>> DeniedAsync(
        string principal, IReadOnlyCollection<string> actions, IReadOnlyCollection<string> resources, CancellationToken cancel) => throw new NotSupportedException();
}

internal sealed class NoShares : IShares
{
    public Task<IReadOnlyList<CloudShare>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => Task.FromResult<IReadOnlyList<CloudShare>>([]);

    public Task<string> CreateAsync(NewShare share, string token, CancellationToken cancel) => throw new NotSupportedException();

    public Task DeleteAsync(string arn, CancellationToken cancel) => throw new NotSupportedException();
}
