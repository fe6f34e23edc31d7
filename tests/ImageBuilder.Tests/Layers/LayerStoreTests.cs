using ImageBuilder.Layers;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Layers;

public sealed class LayerStoreTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("layers-").FullName;

    private readonly List<LayerDamage> _damaged = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task A_committed_layer_is_found_with_everything_below_it()
    {
        var store = await OpenAsync();
        var parent = await CommitAsync(store, LayerChain.Empty, "aa");
        var child = await CommitAsync(store, parent, "bb");

        var found = (await OpenAsync()).Find("bb");

        Assert.Equal(["aa", "bb"], found!.Layers.Select(l => l.Layer.Key));
        Assert.Equal("content of bb", await File.ReadAllTextAsync(Path.Combine(found.Top!.Root, "file"), Cancel));
        Assert.Equal(child.Top!.Layer.Id, found.Top.Layer.Id);
    }

    [Fact]
    public async Task A_layer_made_on_an_earlier_making_of_its_parent_is_not_used()
    {
        var store = await OpenAsync();
        var parent = await CommitAsync(store, LayerChain.Empty, "aa");
        await CommitAsync(store, parent, "bb");

        await CommitAsync(store, LayerChain.Empty, "aa", "other content");

        Assert.NotNull(store.Find("aa"));
        Assert.Null(store.Find("bb"));
    }

    [Fact]
    public async Task A_layer_stays_of_use_when_its_parent_is_made_again_with_the_same_content()
    {
        var store = await OpenAsync();
        var parent = await CommitAsync(store, LayerChain.Empty, "aa");
        await CommitAsync(store, parent, "bb");

        await CommitAsync(store, LayerChain.Empty, "aa");

        Assert.NotNull(await TakeAsync(store, "bb"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{ \"schema\": \"1\" }")]
    public async Task A_damaged_layer_is_not_used_and_can_be_made_again(string content)
    {
        var store = await OpenAsync();
        await CommitAsync(store, LayerChain.Empty, "aa");
        await File.WriteAllTextAsync(Path.Combine(_cache, "layers/aa/layer.json"), content, Cancel);

        Assert.Null(store.Find("aa"));
        await CommitAsync(store, LayerChain.Empty, "aa");
        Assert.NotNull(store.Find("aa"));
    }

    [Fact]
    public async Task What_was_written_in_another_boot_and_not_settled_is_read_before_it_is_used()
    {
        var store = await OpenAsync();
        var unsettled = await CommitAsync(store, LayerChain.Empty, "aa");
        await store.SettleAsync(await CommitAsync(store, LayerChain.Empty, "bb"), Cancel);

        Reboot(unsettled.Top!);
        Assert.Null(store.LookAt("aa", []));
        Assert.NotNull(store.LookAt("bb", []));
        using var first = await OpenAsync();
        Assert.NotNull(await TakeAsync(first, "aa")); // everything had reached the disk

        await CommitAsync(store, LayerChain.Empty, "aa");
        Reboot(store.Find("aa")!.Top!);
        var file = Path.Combine(_cache, "layers/aa/root/file");
        var stamps = await File.ReadAllBytesAsync(Path.Combine(_cache, "layers/aa/stamps"), Cancel);
        await File.WriteAllTextAsync(file, new string('\0', 13), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(_cache, "layers/aa/stamps"), stamps, Cancel);
        using var second = await OpenAsync();
        Assert.Null(await TakeAsync(second, "aa"));
    }

    [Fact]
    public async Task Layers_of_another_user_are_refused()
    {
        await CommitAsync(await OpenAsync(), LayerChain.Empty, "aa");

        var problem = Assert.Throws<ProblemException>(() => LayerStore.At(_cache, new OwnTrees { Owner = "1000+100000" }, TimeProvider.System).Find("aa"));

        Assert.Equal("IB4201", problem.Problems[0].Code);
    }

    [Fact]
    public async Task Opening_removes_work_of_the_dead_and_leaves_that_of_the_living()
    {
        var store = await OpenAsync();
        var dead = store.Begin();
        dead.Dispose();
        using var living = store.Begin();

        await OpenAsync();

        Assert.False(Directory.Exists(dead.Folder));
        Assert.True(Directory.Exists(living.Root));
    }

    [Fact]
    public async Task The_same_layer_is_made_once_by_builds_side_by_side()
    {
        var made = 0;
        async Task BuildAsync()
        {
            var store = await OpenAsync();
            using var alone = await store.LockAsync("aa", () => { }, Cancel);
            if (store.Find("aa") is not null) return;
            await Task.Delay(20, Cancel);
            await CommitAsync(store, LayerChain.Empty, "aa");
            Interlocked.Increment(ref made);
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(BuildAsync, Cancel)));

        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Waiting_for_a_layer_can_be_stopped()
    {
        var store = await OpenAsync();
        using var held = await store.LockAsync("aa", () => { }, Cancel);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.LockAsync("aa", stop.Cancel, stop.Token));
    }

    private Task<LayerStore> OpenAsync() => LayerStore.OpenAsync(_cache, new OwnTrees(), TimeProvider.System, Cancel);

    private Task<LayerChain?> TakeAsync(LayerStore store, string key) => store.TakeAsync(key, _damaged.Add, Cancel);

    // As if the machine had been started anew since the layer was written.
    private static void Reboot(StoredLayer stored) => File.WriteAllBytes(
        Path.Combine(stored.Folder, "layer.json"), LayerRecord.Write(stored.Layer with { Boot = "another" }));

    private static async Task<LayerChain> CommitAsync(LayerStore store, LayerChain below, string key, string? content = null)
    {
        using var work = store.Begin();
        await File.WriteAllTextAsync(Path.Combine(work.Root, "file"), content ?? $"content of {key}", Cancel);
        return await store.CommitAsync(work, below, new NewLayer(key, "made up", 1, 1), Cancel);
    }
}
