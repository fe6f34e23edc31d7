using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Tests.Program;

namespace ImageBuilder.Tests.Layers;

public sealed class StoreCleaningTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("layers-").FullName;
    private readonly ManualClock _clock = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task What_no_recipe_needs_goes_and_what_is_below_or_made_from_what_they_need_stays()
    {
        using (var store = await OpenAsync())
        {
            var parent = await CommitAsync(store, LayerChain.Empty, "parent");
            var wanted = await CommitAsync(store, parent, "wanted");
            await CommitAsync(store, wanted, "sealed");
            await CommitAsync(store, await CommitAsync(store, parent, "old"), "older");
        }

        var cleaned = await CleanAsync(new CacheCleaning { Wanted = new HashSet<string> { "wanted" } });

        Assert.Equal(["old", "older"], cleaned.Layers.Select(l => l.Key).Order());
        Assert.Equal(["parent", "sealed", "wanted"], Keys());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_cache, "removed")));
    }

    [Fact]
    public async Task What_is_in_use_stays_with_everything_below_it_whatever_is_asked_for()
    {
        using var user = await OpenAsync();
        var parent = await CommitAsync(user, LayerChain.Empty, "parent");
        using (var other = await OpenAsync())
        {
            var free = await CommitAsync(other, parent, "free");
            await CommitAsync(other, free, "above");
        }

        await CommitAsync(user, parent, "used");

        var cleaned = await CleanAsync(new CacheCleaning { Most = 0 });

        Assert.Equal(["above", "free"], cleaned.Layers.Select(l => l.Key).Order());
        Assert.Equal(["parent", "used"], Keys());
        user.Dispose();
        Assert.Equal(2, (await CleanAsync(new CacheCleaning { Most = 0 })).Layers.Count);
    }

    [Fact]
    public async Task Taking_a_layer_makes_everything_below_it_used_now()
    {
        await TwoChainsAsync();
        _clock.Advance(TimeSpan.FromDays(40));
        using (var store = await OpenAsync()) Assert.NotNull(await store.TakeAsync("b2", _ => { }, Cancel));

        var would = await CleanAsync(new CacheCleaning { OlderThan = TimeSpan.FromDays(30), DryRun = true });
        Assert.Equal(5, Keys().Count);
        var cleaned = await CleanAsync(new CacheCleaning { OlderThan = TimeSpan.FromDays(30) });

        Assert.Equal(would.Layers, cleaned.Layers);
        Assert.Equal(["b1", "b2", "parent"], Keys());
    }

    [Fact]
    public async Task A_cache_that_is_too_large_loses_what_was_used_longest_ago()
    {
        await TwoChainsAsync();
        using (var store = await OpenAsync()) await store.TakeAsync("a1", _ => { }, Cancel);
        _clock.Advance(TimeSpan.FromHours(1));
        using (var store = await OpenAsync()) await store.TakeAsync("b1", _ => { }, Cancel);
        var all = await LookAsync();
        var one = all.Layers.Single(l => l.Key == "a2").Bytes;

        var cleaned = await CleanAsync(new CacheCleaning { Most = all.Bytes - one - 1 });

        Assert.Equal(["a2", "b2"], cleaned.Layers.Select(l => l.Key).Order());
        Assert.Equal(all.Bytes - 2 * one, cleaned.Left);
        Assert.Equal(["a1"], (await CleanAsync(new CacheCleaning { Most = cleaned.Left - 1 })).Layers.Select(l => l.Key));
    }

    [Fact]
    public async Task What_cleaning_leaves_are_layers_and_nothing_else()
    {
        await TwoChainsAsync();
        using (var store = await OpenAsync())
        using (await store.LockAsync("a2", () => { }, Cancel)) { }

        Directory.CreateDirectory(Path.Combine(_cache, "layers", "broken"));
        Directory.CreateDirectory(Path.Combine(_cache, "validated"));
        await File.WriteAllTextAsync(Path.Combine(_cache, "validated", "x"), "of no layer", Cancel);
        Directory.CreateDirectory(Path.Combine(_cache, "kept", "faulty-1", "root"));

        await CleanAsync(new CacheCleaning { Wanted = new HashSet<string>() });

        Assert.Equal([Path.Combine(_cache, "locks", "gate")], Directory.EnumerateFiles(_cache, "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateDirectories(_cache).SelectMany(Directory.EnumerateDirectories));
    }

    [Fact]
    public async Task Downloads_go_by_age_and_not_while_a_bootstrap_uses_them()
    {
        using var store = await OpenAsync();
        var folder = Directory.CreateDirectory(Path.Combine(_cache, "packages", "debian-12")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "x.deb"), "content", Cancel);
        _clock.Advance(DateTimeOffset.UtcNow - _clock.GetUtcNow() + TimeSpan.FromDays(31));
        using (FileLock.TryShared(Path.Combine(folder, "use")))
            Assert.Empty((await CleanAsync(new CacheCleaning { OlderThan = TimeSpan.FromDays(30) })).Others);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "use"), DateTime.UtcNow);

        Assert.Equal("packages/debian-12", (await CleanAsync(new CacheCleaning { OlderThan = TimeSpan.FromDays(30) })).Others.Single().Name);
        Assert.False(Directory.Exists(folder));
    }

    // parent ─ a1 ─ a2 and parent ─ b1 ─ b2.
    private async Task TwoChainsAsync()
    {
        using var store = await OpenAsync();
        var parent = await CommitAsync(store, LayerChain.Empty, "parent");
        foreach (var chain in (string[])["a", "b"]) await CommitAsync(store, await CommitAsync(store, parent, $"{chain}1"), $"{chain}2");
    }

    private List<string> Keys() => [.. Directory.EnumerateDirectories(Path.Combine(_cache, "layers")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private Task<LayerStore> OpenAsync() => LayerStore.OpenAsync(_cache, new OwnTrees(), _clock, Cancel);

    private async Task<CacheCleaned> CleanAsync(CacheCleaning what)
    {
        using var store = await OpenAsync();
        return await new StoreCleaning(store, _clock).CleanAsync(what, Cancel);
    }

    private async Task<CacheContents> LookAsync()
    {
        using var store = await OpenAsync();
        return await new StoreCleaning(store, _clock).LookAsync(Cancel);
    }

    private static async Task<LayerChain> CommitAsync(LayerStore store, LayerChain below, string key)
    {
        using var work = store.Begin();
        await File.WriteAllTextAsync(Path.Combine(work.Root, "file"), $"content of {key}", Cancel);
        return await store.CommitAsync(work, below, new NewLayer(key, "made up", 1, 1), Cancel);
    }
}
