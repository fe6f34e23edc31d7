using ImageBuilder.Aws;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Aws;

/// <summary>AWS's own client against a server of ours.</summary>
public sealed class S3StoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("objects-").FullName;
    private readonly S3Server _server = new();
    private readonly S3Store _store;

    public S3StoreTests()
    {
        _store = _server.Store;
        foreach (var key in (string[])["a.txt", "tools/1", "tools/2", "tools/deep/3 ä", "toolsmith"]) _server.Put(key, key);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_object_is_found_and_downloaded_by_path_and_not_by_host_name()
    {
        var found = await _store.FindAsync(At("a.txt"), S3Server.Owner, Cancel);
        await _store.DownloadAsync(found!, S3Server.Owner, In("copy"), Cancel);
        Assert.Equal("a.txt", await File.ReadAllTextAsync(In("copy"), Cancel));
        Assert.Equal(["HeadObject", "GetObject"], _server.Asked);
    }

    [Fact]
    public async Task A_list_goes_on_over_its_pages_and_ends_where_it_is_told()
    {
        var all = await _store.ListAsync(At("tools/"), null, 1000, Cancel);
        Assert.Equal(["tools/1", "tools/2", "tools/deep/3 ä"], all.Select(o => o.Address.Key));
        Assert.Equal([7, 7, 15], all.Select(o => o.Size));
        Assert.Single(await _store.ListAsync(At(""), null, 1, Cancel));
    }

    [Fact]
    public async Task What_is_uploaded_is_there_byte_for_byte()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(In("file"), bytes, Cancel);
        await _store.UploadAsync(In("file"), At("up/it's here"), S3Server.Owner, Cancel);
        Assert.Equal(bytes, _server["up/it's here"]);
    }

    [Fact]
    public async Task A_large_file_is_sent_in_parts_of_which_nothing_stays_when_one_is_lost()
    {
        var bytes = new byte[(2 * S3Server.OnePart) + 12_345];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(In("file"), bytes, Cancel);
        await _store.UploadAsync(In("file"), At("large"), S3Server.Owner, Cancel);
        Assert.Equal(bytes, _server["large"]);
        Assert.Equal(3, _server.Asked.Count(a => a == "UploadPart"));

        _server.Faults = call => call.EndsWith("UploadPart", StringComparison.Ordinal) ? Fault.Expired : Fault.None;
        await RefusedAsync("IB4154", () => _store.UploadAsync(In("file"), At("lost"), S3Server.Owner, Cancel));
        Assert.Equal("AbortMultipartUpload", _server.Asked.Last());
        Assert.DoesNotContain("lost", _server.Keys);

        _server.Faults = call => call.EndsWith("Upload", StringComparison.Ordinal) && _server.Asked.Last() != "CreateMultipartUpload" ? Fault.Expired : Fault.None;
        var refused = await Assert.ThrowsAsync<ProblemException>(() => _store.UploadAsync(In("file"), At("stays"), S3Server.Owner, Cancel));
        Assert.Equal(["IB4154", "IB4157"], refused.Problems.Select(p => p.Code));
        Assert.Contains("--key 'stays' --upload-id upload-", refused.Problems[1].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_nothing_and_a_bucket_that_is_not_there_a_problem()
    {
        Assert.Null(await _store.FindAsync(At("b.txt"), null, Cancel));
        await RefusedAsync("IB4151", () => _store.ListAsync(new ObjectAddress("another", ""), null, 10, Cancel));
        await RefusedAsync("IB4156", () => _store.FindAllAsync(At("b.txt"), null, Cancel));
        await RefusedAsync("IB4156", () => _store.FindAllAsync(At("none/*"), null, Cancel));
    }

    [Fact]
    public async Task More_objects_than_AWSTOE_takes_are_refused()
    {
        _server.PageSize = 300;
        for (var i = 0; i < 1001; i++) _server.Put($"many/{i}", "");
        await RefusedAsync("IB4156", () => _store.FindAllAsync(At("many/*"), null, Cancel));
    }

    [Fact]
    public async Task A_bucket_of_another_account_is_refused_in_every_operation()
    {
        const string other = "999999999999";
        await File.WriteAllTextAsync(In("file"), "x", Cancel);
        await RefusedAsync("IB4152", () => _store.FindAsync(At("a.txt"), other, Cancel));
        await RefusedAsync("IB4152", () => _store.ListAsync(At("tools/"), other, 10, Cancel));
        await RefusedAsync("IB4152", () => _store.UploadAsync(In("file"), At("b.txt"), other, Cancel));
        await RefusedAsync("IB4152", () => _store.DownloadAsync(new StoredObject(At("a.txt"), 5, "\"x\""), other, In("copy"), Cancel));
        Assert.DoesNotContain("b.txt", _server.Keys);
    }

    [Fact]
    public async Task Another_version_than_the_planned_one_is_refused()
    {
        var found = await _store.FindAsync(At("a.txt"), null, Cancel);
        _server.Put("a.txt", "changed");
        await RefusedAsync("IB4153", () => _store.DownloadAsync(found!, null, In("copy"), Cancel));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_with_what_to_check()
    {
        _server.Dispose();
        var problem = await RefusedAsync("IB4150", () => _store.FindAsync(At("a.txt"), null, Cancel));
        Assert.Contains("AWS_ENDPOINT_URL", problem.Fix, StringComparison.Ordinal);
    }

    private static ObjectAddress At(string key) => new(S3Server.Bucket, key);

    private string In(string name) => Path.Combine(_folder, name);

    private static async Task<Problem> RefusedAsync(string code, Func<Task> ask)
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(ask);
        Assert.Equal(code, refused.Problems[0].Code);
        return refused.Problems[0];
    }
}
