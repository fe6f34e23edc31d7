using ImageBuilder.Layers;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>The store's files are flipped, cut, lengthened and removed at random: it is noticed before they are used, and they are made again.</summary>
public sealed class DamageTests
{
    private const int Layers = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_damaged_in_the_store_is_noticed_and_healed()
    {
        var random = TortureScale.Numbers();
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        string top;
        using (var store = await tiny.OpenStoreAsync(Cancel)) top = await HealAsync(store, []);
        for (var i = 0; i < TortureScale.Of(2000, 100); i++)
        {
            var (how, file) = Damage(tiny.Cache, random);
            var damaged = new List<LayerDamage>();
            using (var store = await tiny.OpenStoreAsync(Cancel))
            {
                // A list or its stamps can be made anew from the files themselves; everything else costs the layer.
                var found = await store.TakeAsync(Key(Layers - 1), damaged.Add, Cancel);
                var derived = Path.GetFileName(file) is "files" or "stamps" && !file.Contains("/root/", StringComparison.Ordinal);
                Assert.True(derived ? found is not null : damaged.Count == 1, $"{how} {file}: {string.Join(", ", damaged)} {TortureScale.Again}");
                Assert.Equal(top, await HealAsync(store, damaged));
            }
        }

        using var last = await tiny.OpenStoreAsync(Cancel);
        for (var i = 0; i < Layers; i++) Assert.Null(await last.VerifyAsync(Key(i), Cancel));
    }

    [Fact]
    public async Task A_build_says_what_was_damaged_and_makes_the_same_disk()
    {
        var random = TortureScale.Numbers();
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        Assert.Equal(0, (await tiny.Build.RunAsync("Disk", Cancel)).ExitCode);
        var digest = await DigestAsync(tiny);
        for (var i = 0; i < TortureScale.Of(25, 2); i++)
        {
            Directory.Delete(tiny.Build.Artifacts, recursive: true);
            var victims = Directory.GetFiles(Path.Combine(tiny.Cache, "layers"), "*.?", SearchOption.AllDirectories)
                .Where(f => f.Contains("/root/data/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
            var file = victims[random.Next(victims.Count)];
            Change(file, random);

            var result = await tiny.Build.RunAsync("Disk", Cancel);

            Assert.True(result.ExitCode == 0, result.Output + result.Error);
            Assert.Contains("in the cache is damaged", result.Output, StringComparison.Ordinal);
            Assert.Contains(Path.GetFileName(file), result.Output, StringComparison.Ordinal);
            Assert.Equal(digest, await DigestAsync(tiny));
            // Made again with the same bytes, the layers above it are still of use.
            Assert.Equal(1, tiny.Started().Count(s => TinyRepository.Steps.Contains(s.Key)));
        }
    }

    [Fact]
    public async Task After_a_power_cut_what_had_not_reached_the_disk_is_made_again_and_the_rest_is_used()
    {
        var random = TortureScale.Numbers();
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        Assert.Equal(0, (await tiny.Build.RunAsync("Disk", Cancel)).ExitCode);
        var digest = await DigestAsync(tiny);
        for (var i = 0; i < TortureScale.Of(20, 2); i++)
        {
            Directory.Delete(tiny.Build.Artifacts, recursive: true);
            // Layers of an earlier boot that were not settled: some files are there with their length and without their bytes, as ext4 leaves them.
            foreach (var record in Directory.GetFiles(Path.Combine(tiny.Cache, "layers"), "layer.json", SearchOption.AllDirectories))
                if (LayerRecord.Read(await File.ReadAllBytesAsync(record, Cancel)) is { Parent: not null } layer)
                    await File.WriteAllBytesAsync(record, LayerRecord.Write(layer with { Boot = "an earlier boot" }), Cancel);
            var lost = TinyRepository.Steps[random.Next(TinyRepository.Steps.Count)];
            var file = Directory.GetFiles(Path.Combine(tiny.Cache, "layers"), $"{lost}.1", SearchOption.AllDirectories).Single();
            var length = new FileInfo(file).Length;
            await File.WriteAllBytesAsync(file, new byte[length], Cancel);

            var result = await tiny.Build.RunAsync("Disk", Cancel);

            Assert.True(result.ExitCode == 0, result.Output + result.Error);
            Assert.Equal(digest, await DigestAsync(tiny));
            Assert.Equal([lost], tiny.Started().Keys.Where(TinyRepository.Steps.Contains));
        }
    }

    // Makes the layers that are missing, as a build would.
    private static async Task<string> HealAsync(LayerStore store, List<LayerDamage> damaged)
    {
        var chain = LayerChain.Empty;
        for (var i = 0; i < Layers; i++)
        {
            if (await store.TakeAsync(Key(i), damaged.Add, Cancel) is { } there)
            {
                chain = there;
                continue;
            }

            using var work = store.Begin();
            for (var n = 0; n < 8; n++)
            {
                var folder = Directory.CreateDirectory(Path.Combine(work.Root, $"folder{n % 3}")).FullName;
                await File.WriteAllTextAsync(Path.Combine(folder, $"file{n}"), string.Concat(Enumerable.Repeat($"layer {i} file {n}\n", 1 + n * 40)), Cancel);
            }

            File.CreateSymbolicLink(Path.Combine(work.Root, "link"), $"folder{i % 3}");
            chain = await store.CommitAsync(work, chain, new NewLayer(Key(i), $"layer {i}", 1, 1), Cancel);
        }

        return chain.Top!.Layer.Id; // there are layers
    }

    private static string Key(int layer) => $"made-up-{layer}";

    private static (string How, string File) Damage(string cache, Random random)
    {
        var files = Directory.GetFiles(Path.Combine(cache, "layers"), "*", SearchOption.AllDirectories)
            .Where(f => f.Contains("/made-up-", StringComparison.Ordinal) && Path.GetFileName(f) != "use" && new FileInfo(f).LinkTarget is null)
            .Order(StringComparer.Ordinal).ToList();
        var file = files[random.Next(files.Count)];
        return (Change(file, random), file);
    }

    private static string Change(string file, Random random)
    {
        using var stream = File.Open(file, FileMode.Open);
        var how = random.Next(stream.Length > 0 ? 3 : 1);
        if (how == 0)
        {
            stream.Seek(0, SeekOrigin.End);
            stream.Write(new byte[1 + random.Next(100)]);
            return "appended to";
        }

        var at = random.NextInt64(stream.Length);
        if (how == 1)
        {
            stream.SetLength(at);
            return "truncated";
        }

        stream.Seek(at, SeekOrigin.Begin);
        var value = stream.ReadByte();
        stream.Seek(at, SeekOrigin.Begin);
        stream.WriteByte((byte)(value ^ (1 << random.Next(8))));
        return "flipped";
    }

    private static async Task<string> DigestAsync(TinyRepository tiny) =>
        (await new ProgramRunner().RunAsync(new Command("sha256sum", Path.Combine(tiny.Build.Image, "disk.raw")), Cancel)).Output[..64];
}
