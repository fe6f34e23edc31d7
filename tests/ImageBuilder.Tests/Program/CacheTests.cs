using System.Text.Json;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary>The targets Cache and Clean as people see them; what a real store does is in the tests of Layers.</summary>
public sealed class CacheTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public CacheTests() => _world.Plans.AddRange([FakeWorld.PlanOf("web"), FakeWorld.PlanOf("db", "d2")]);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Cache_shows_chains_with_sizes_ages_and_who_needs_them()
    {
        _world.Engine.Contents = Contents();
        Assert.Equal(0, _world.Run("--target=Cache", "--cache-size=1GiB", "--no-report"));
        Golden.Check(_world.Shown, "cache.txt");
    }

    [Fact]
    public void Cache_says_the_same_as_JSON()
    {
        _world.Engine.Contents = Contents();
        Assert.Equal(0, _world.Run("--target=Cache", "--json", "--no-report"));

        using var json = JsonDocument.Parse(_world.Output.Trim().Split('\n')[^1]);
        var layers = json.RootElement.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(5, layers.Count);
        Assert.Equal(["web", "db"], layers[0].GetProperty("recipes").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal(AllBytes, json.RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Clean_takes_an_age_and_a_size_and_can_do_nothing_but_say_what_it_would()
    {
        _world.Run("--target=Image");
        _world.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(0, _world.Run("--target=Clean", "--older-than=12h", "--max-size=1.5GiB", "--dry-run"));

        Assert.Equal(new CacheCleaning { OlderThan = TimeSpan.FromHours(12), Most = 3L << 29, DryRun = true }, _world.Engine.Cleaned[^1]);
        Assert.Contains("Would remove 0 images", _world.Output, StringComparison.Ordinal); // written now, whatever the test's clock says
        Assert.True(File.Exists(Path.Combine(_world.ArtifactsOf("web"), "plan.json")));
    }

    [Fact]
    public void Clean_by_size_leaves_images_alone()
    {
        _world.Run("--target=Image");
        Assert.Equal(0, _world.Run("--target=Clean", "--max-size=0B"));
        Assert.True(File.Exists(Path.Combine(_world.ArtifactsOf("web"), "plan.json")));
    }

    [Fact]
    public void Clean_leaves_an_image_that_is_being_built()
    {
        _world.Run("--target=Image");
        using (FileLock.TryShared(Path.Combine(_world.ArtifactsOf("web"), "events.jsonl")))
            Assert.Equal(0, _world.Run("--target=Clean"));
        Assert.Contains("1 image that a build uses at this moment stays.", _world.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_world.ArtifactsOf("web")));
        Assert.False(Directory.Exists(_world.ArtifactsOf("db")));
    }

    [Fact]
    public void Clean_removes_what_trials_of_components_left()
    {
        _world.Write("artifacts/components/nginx/logs/TOE_2026-11-24_01/console.log", "said");
        _world.Write("artifacts/components/nginx/logs/000-parent.log", "said");
        _world.Write("artifacts/components/mine/notes.txt", "mine");

        Assert.Equal(0, _world.Run("--target=Clean"));

        Assert.Equal([Path.Combine(_world.Folder, "artifacts/components/mine/notes.txt")],
            Directory.EnumerateFiles(_world.Folder, "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Combine(_world.Folder, "artifacts/components/nginx")));
    }

    [Fact]
    public void A_build_that_made_something_keeps_the_cache_within_its_size_and_one_that_did_not_does_not_look()
    {
        _world.Run("--target=Image", "--cache-size=7GiB");
        Assert.Equal(new CacheCleaning { Most = 7L << 30 }, _world.Engine.Cleaned.Single());
        _world.Run("--target=Image");
        Assert.Single(_world.Engine.Cleaned);
    }

    [Theory]
    [InlineData("--older-than=30")]
    [InlineData("--older-than=-3d")]
    [InlineData("--older-than=d")]
    [InlineData("--max-size=10 apples")]
    [InlineData("--max-size=1e3GiB")]
    public void A_value_without_a_unit_is_refused(string given)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Clean", given));
        Assert.Contains("IB7045", _world.Error, StringComparison.Ordinal);
    }

    private const long AllBytes = (250L << 20) + (1 << 20) + 4096 + 8192 + 512 + (80 << 20);

    private CacheContents Contents()
    {
        var now = _world.Clock.GetUtcNow();
        CachedLayer layer(string key, string? parent, string what, long bytes, double days, double hours, bool used = false) =>
            new(key, parent, what, bytes, now - TimeSpan.FromDays(days), now - TimeSpan.FromHours(hours), used);
        return new CacheContents("/cache",
        [
            layer("parent-key", null, "debian:12", 250L << 20, 40, 0.01, used: true),
            layer("d1-install", "parent-key", "nginx/build/Install", 1 << 20, 12, 0.01, used: true),
            layer("d1-configure", "d1-install", "nginx/build/Configure", 4096, 2, 0.5),
            layer("0123456789abcdef0123", "d1-configure", "imagebuilder/seal/seal", 8192, 1.5, 1.6),
            layer("ffff456789abcdef0123", "parent-key", "", 512, 33, 33 * 24),
        ], [new CachedFolder("packages/debian-bookworm-x86_64", 157, 80 << 20, now - TimeSpan.FromDays(3), InUse: false), new CachedFolder("validated", 0, 0, now, InUse: false)]);
    }
}
