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

internal sealed class FakeKeys(FakeCloud cloud, CloudPlace place, FakeStock stock) : IKeys
{
    public Task<CloudKey?> GetAsync(string key, CancellationToken cancel) => cloud.DoAsync(place.Region, "key",
        () => stock.Keys.TryGetValue(key, out var state) ? new CloudKey($"arn:aws:kms:{place.Region}:{FakeCloud.AccountOf(place)}:key/of-{key}", state) : null, cancel);
}

internal sealed class FakeLicenses(FakeCloud cloud, CloudPlace place, FakeStock stock) : ILicenses
{
    public Task<IReadOnlyList<string>> OfAsync(string arn, CancellationToken cancel) =>
        cloud.DoAsync<IReadOnlyList<string>>(place.Region, "licenses", () => [.. stock.Licenses.GetValueOrDefault(arn) ?? []], cancel);

    public Task AddAsync(string arn, IReadOnlyCollection<string> configurations, CancellationToken cancel) => cloud.DoAsync(place.Region, "AddLicenses",
        () => stock.Licenses[arn] = [.. stock.Licenses.GetValueOrDefault(arn) ?? [], .. configurations], cancel);
}

internal sealed class FakeNotifier(FakeCloud cloud, CloudPlace place, FakeStock stock) : INotifier
{
    public Task PublishAsync(string topic, string subject, string message, CancellationToken cancel) => cloud.DoAsync(place.Region, "Publish", () =>
    {
        stock.Messages.Add($"{subject}\n{message}");
        return true;
    }, cancel);
}

internal sealed class FakeRoles(FakeCloud cloud, CloudPlace place) : IRoles
{
    /// <summary>That of VM Import/Export, as it has to be.</summary>
    public static CloudRole Import { get; } = new("vmimport", "arn:aws:iam::111122223333:role/vmimport", """
        {"Statement":[{"Effect":"Allow","Principal":{"Service":"vmie.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:Externalid":"vmimport"}}}]}
        """, new Dictionary<string, string>());

    public Task<CloudRole?> GetAsync(string name, CancellationToken cancel) => cloud.DoAsync(place.Region, "role", () => cloud.Roles.GetValueOrDefault(name), cancel);
}

internal sealed class FakeShares(FakeCloud cloud, CloudPlace place, FakeStock stock) : IShares
{
    public Task<IReadOnlyList<CloudShare>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) => cloud.DoAsync(place.Region, "shares",
        () => (IReadOnlyList<CloudShare>)[.. stock.Shares.Values.Select(s => s.Share).Where(s => tags.All(t => s.Tags.GetValueOrDefault(t.Key) == t.Value))], cancel);

    public Task<string> CreateAsync(NewShare share, string token, CancellationToken cancel) => cloud.DoAsync(place.Region, "CreateShare", () =>
    {
        CheckInside(share.Principals, share.Outside);
        var arn = $"arn:aws:ram:{place.Region}:111122223333:resource-share/{stock.NewId("share")}";
        stock.Shares[arn] = (new CloudShare(arn, share.Name, "ACTIVE", share.Outside, share.Tags), []);
        Add(arn, share.Resources, share.Principals);
        return arn;
    }, cancel);

    public Task DeleteAsync(string arn, CancellationToken cancel) => cloud.DoAsync(place.Region, "DeleteShare", () => stock.Shares.Remove(arn), cancel);

    // What was begun has come about when somebody has looked twice.
    public Task<IReadOnlyList<ShareMember>> MembersAsync(string arn, CancellationToken cancel) => cloud.DoAsync(place.Region, "members", () =>
    {
        var members = stock.Shares[arn].Members;
        var seen = members.ToList();
        for (var i = 0; i < members.Count; i++)
            if (members[i] is { Status: "ASSOCIATING", Outside: false })
                members[i] = stock.Unshareable is { } why && !members[i].IsPrincipal ? members[i] with { Status = "FAILED", Why = why } : members[i] with { Status = "ASSOCIATED" };
        members.RemoveAll(m => m.Status == "DISASSOCIATING");
        return (IReadOnlyList<ShareMember>)seen;
    }, cancel);

    public Task AddAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "AddToShare", () => Add(arn, resources, principals), cancel);

    public Task RemoveAsync(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "RemoveFromShare", () =>
        {
            var members = stock.Shares[arn].Members;
            for (var i = 0; i < members.Count; i++)
                if ((members[i].IsPrincipal ? principals : resources).Contains(members[i].Entity)) members[i] = members[i] with { Status = "DISASSOCIATING" };
            return true;
        }, cancel);

    public Task AllowOutsideAsync(string arn, bool outside, CancellationToken cancel) => cloud.DoAsync(place.Region, "AllowOutside",
        () => stock.Shares[arn] = (stock.Shares[arn].Share with { Outside = outside }, stock.Shares[arn].Members), cancel);

    private bool Add(string arn, IReadOnlyCollection<string> resources, IReadOnlyCollection<string> principals)
    {
        CheckInside(principals, stock.Shares[arn].Share.Outside);
        stock.Shares[arn].Members.AddRange(resources.Select(r => new ShareMember(r, false, "ASSOCIATING", "", false))
            .Concat(principals.Select(p => new ShareMember(p, true, "ASSOCIATING", "", IsOutside(p)))));
        return true;
    }

    private bool IsOutside(string principal) => !principal.StartsWith("arn:", StringComparison.Ordinal) && cloud.Accounts.All(a => a.Id != principal);

    private void CheckInside(IEnumerable<string> principals, bool mayBeOutside)
    {
        if (!mayBeOutside && principals.FirstOrDefault(IsOutside) is { } outside)
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB0002", $"{outside} is outside.", "The share allows none.", "Allow them."));
    }
}

internal sealed class FakeOrganization(FakeCloud cloud, CloudPlace place) : IOrganization
{
    public Task<CloudOrganization?> GetAsync(CancellationToken cancel) => cloud.DoAsync(place.Region, "organization", () => cloud.Accounts.Count == 0 ? null
        : new CloudOrganization("o-abcdefghij", "arn:aws:organizations::111122223333:organization/o-abcdefghij", "111122223333"), cancel);

    public Task<IReadOnlyList<CloudAccount>> AccountsOfAsync(string unit, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<CloudAccount>> AccountsAsync(CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "accounts", () => (IReadOnlyList<CloudAccount>)[.. cloud.Accounts], cancel);
}
