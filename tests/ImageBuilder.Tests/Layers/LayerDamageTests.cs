using System.Text;
using ImageBuilder.Layers;

namespace ImageBuilder.Tests.Layers;

public sealed class LayerDamageTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("layers-").FullName;
    private readonly List<LayerDamage> _damaged = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Layer => Path.Combine(_cache, "layers/aa");

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    public static TheoryData<string, string, string> Damages => new()
    {
        { "a byte", "etc/conf", "`etc/conf` has changed" },
        { "truncated", "etc/conf", "`etc/conf` has changed" },
        { "appended", "etc/conf", "`etc/conf` has changed" },
        { "removed", "etc/conf", "`etc/conf` is missing" },
        { "added", "etc/new", "`etc/new` was added" },
        { "mode", "etc/conf", "`etc/conf` has changed" },
        { "time", "etc/old", "`etc/old` has changed" },
        { "removed", "link", "`link` is missing" },
        { "link", "link", "`link` has changed" },
        { "mode", "etc", "`etc` has changed" },
        { "kind", "etc/conf", "`etc/conf/x` was added" },
        { "a byte", "../layer.json", "`layer.json` has changed" },
        { "truncated", "../layer.json", "`layer.json` has changed" },
        { "appended", "../layer.json", "`layer.json` has changed" },
        { "removed", "../layer.json", "`layer.json` is missing" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_noticed_before_a_layer_is_used_and_the_layer_is_made_again(string damage, string file, string why)
    {
        await MakeAsync();
        Damage(damage, Path.Combine(Layer, "root", file));

        using var store = await OpenAsync();
        Assert.Null(store.LookAt("aa", []));
        Assert.Null(await store.TakeAsync("aa", _damaged.Add, Cancel));

        Assert.Equal(why, _damaged.Single().Why);
        Assert.Null(store.Find("aa"));
        await MakeAsync();
        Assert.NotNull(await store.TakeAsync("aa", _damaged.Add, Cancel));
        Assert.Single(_damaged);
    }

    [Theory]
    [InlineData("a byte", "files")]
    [InlineData("removed", "files")]
    [InlineData("truncated", "stamps")]
    [InlineData("a byte", "stamps")]
    [InlineData("removed", "stamps")]
    public async Task What_a_layer_can_be_checked_without_is_made_anew_from_its_files(string damage, string file)
    {
        await MakeAsync();
        var before = await File.ReadAllBytesAsync(Path.Combine(Layer, file), Cancel);
        Damage(damage, Path.Combine(Layer, file));

        using var store = await OpenAsync();
        Assert.NotNull(await store.TakeAsync("aa", _damaged.Add, Cancel));

        Assert.Empty(_damaged);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Layer, file), Cancel));
    }

    [Fact]
    public async Task A_copied_store_is_read_once_and_its_layers_are_used()
    {
        await MakeAsync();
        var copy = _cache + "-copy";
        using (var copying = System.Diagnostics.Process.Start("cp", ["-a", _cache, copy])) await copying.WaitForExitAsync(Cancel);
        try
        {
            using var store = await LayerStore.OpenAsync(copy, new OwnTrees(), TimeProvider.System, Cancel);
            Assert.Null(store.LookAt("aa", []));
            Assert.NotNull(await store.TakeAsync("aa", _damaged.Add, Cancel));
            Assert.NotNull(store.LookAt("aa", []));
            Assert.Empty(_damaged);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task A_flip_below_the_file_system_is_found_by_reading_everything()
    {
        await MakeAsync();
        var file = Path.Combine(Layer, "root/etc/conf");
        Damage("a byte", file);
        await StampAsync();

        using var store = await OpenAsync();
        Assert.NotNull(await store.TakeAsync("aa", _damaged.Add, Cancel));
        Assert.Equal("`etc/conf` has changed", (await store.VerifyAsync("aa", Cancel))?.Why);
        Assert.Null(store.Find("aa"));
    }

    [Fact]
    public async Task Layers_above_a_damaged_one_stay_of_use_when_it_is_made_again_with_the_same_content()
    {
        var below = await MakeAsync();
        using (var store = await OpenAsync()) await CommitAsync(store, below, "bb", root => File.WriteAllText(Path.Combine(root, "above"), ""));
        Damage("truncated", Path.Combine(Layer, "root/etc/conf"));

        using (var store = await OpenAsync()) Assert.Null(await store.TakeAsync("bb", _damaged.Add, Cancel));
        await MakeAsync();

        using (var store = await OpenAsync()) Assert.NotNull(await store.TakeAsync("bb", _damaged.Add, Cancel));
        Assert.Equal("aa", _damaged.Single().Key);
    }

    [Fact]
    public async Task Names_of_any_bytes_are_files_like_others()
    {
        using (var making = await OpenAsync()) await CommitAsync(making, LayerChain.Empty, "aa", root =>
        {
            Bash("cd \"$1\" && touch $'\\xff\\n b' 'ö'", root);
        });

        using var store = await OpenAsync();
        Assert.Equal(2, (await store.TakeAsync("aa", _damaged.Add, Cancel))?.Top?.Layer.Entries);
        Assert.Null(await store.VerifyAsync("aa", Cancel));
        Bash("rm \"$1/root/\"*", Layer); // .NET cannot
    }

    private static void Bash(string script, string argument)
    {
        using var bash = System.Diagnostics.Process.Start("bash", ["-c", script, "bash", argument]);
        bash.WaitForExit();
    }

    private Task<LayerStore> OpenAsync() => LayerStore.OpenAsync(_cache, new OwnTrees(), TimeProvider.System, Cancel);

    private async Task<LayerChain> MakeAsync()
    {
        using var store = await OpenAsync();
        return await CommitAsync(store, LayerChain.Empty, "aa", root =>
        {
            var etc = Directory.CreateDirectory(Path.Combine(root, "etc")).FullName;
            foreach (var name in (string[])["conf", "old", "empty"]) File.WriteAllText(Path.Combine(etc, name), name == "empty" ? "" : $"text of {name}");
            File.SetLastWriteTimeUtc(Path.Combine(etc, "old"), DateTime.UnixEpoch);
            File.CreateSymbolicLink(Path.Combine(root, "link"), "etc/conf");
        });
    }

    private static async Task<LayerChain> CommitAsync(LayerStore store, LayerChain below, string key, Action<string> fill)
    {
        using var work = store.Begin();
        fill(work.Root);
        return await store.CommitAsync(work, below, new NewLayer(key, "made up", 1, 1), Cancel);
    }

    // Stamps as if nothing had happened since the damage.
    private async Task StampAsync()
    {
        var record = LayerRecord.Read(await File.ReadAllBytesAsync(Path.Combine(Layer, "layer.json"), Cancel))!; // whole
        var found = await new TreeScan(new OwnTrees(), Path.Combine(Layer, "root"), record.Epoch).RunAsync(
            new Dictionary<string, (TreeStamp, TreeEntry)>(), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(Layer, "stamps"), StampList.Write(record.Manifest, found.Stamps), Cancel);
    }

    private static void Damage(string damage, string file)
    {
        switch (damage)
        {
            case "a byte":
                var bytes = File.ReadAllBytes(file);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(file, bytes);
                break;
            case "truncated":
                using (var cut = File.OpenWrite(file)) cut.SetLength(cut.Length - 1);
                break;
            case "appended":
                File.AppendAllText(file, " ");
                break;
            case "added":
                File.WriteAllText(file, "", Encoding.ASCII);
                break;
            case "mode":
                File.SetUnixFileMode(file, File.GetUnixFileMode(file) ^ UnixFileMode.OtherExecute);
                break;
            case "time":
                File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddMilliseconds(500));
                break;
            case "link":
                File.Delete(file);
                File.CreateSymbolicLink(file, "etc/old");
                break;
            case "kind":
                File.Delete(file);
                Directory.CreateDirectory(Path.Combine(file, "x"));
                break;
            default:
                File.Delete(file);
                break;
        }
    }
}
