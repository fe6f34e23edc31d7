using System.Text.Json;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Layers;
using ImageBuilder.Planning;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>
/// A repository whose image is built in a second: its store has a parent image of a few programs of this machine under the key of the real one.
/// </summary>
internal sealed class TinyRepository : IDisposable
{
    public const string Recipe = "faulty";

    private const string Tools = "bash env cat mkdir chmod chown rm mv find sed awk grep dirname touch ls tail head ln cmp tr sleep dd sort wc "
        + "chroot umount base64 tee mktemp cp date mkfifo stat id readlink basename xargs cut uniq sha256sum";

    private const string MakeRoot = """
        set -euo pipefail
        cd "$1"
        mkdir -p usr/{bin,sbin,lib,lib64} etc tmp var/{tmp,log,lib/apt,cache/apt/archives} root
        for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
        for tool in $2; do
            path=$(readlink -f "$(command -v "$tool")")
            cp "$path" "usr/bin/$tool"
            for library in $(ldd "$path" | grep -o '/[^ ]*'); do
                mkdir -p "usr/$(dirname "${library#/usr}")"
                cp -u "$(readlink -f "$library")" "usr/${library#/usr}"
            done
        done
        [[ ! -d /usr/lib/locale/C.utf8 ]] || { mkdir -p usr/lib/locale && cp -r /usr/lib/locale/C.utf8 usr/lib/locale; }
        printf '#!/bin/bash\nprintf "tiny\\t1.0\\tamd64\\n"\n' >usr/bin/dpkg-query
        chmod 755 usr/bin/dpkg-query
        echo 'root:*:1:0:99999:7:::' >etc/shadow
        printf '127.0.0.1\tlocalhost\n' >etc/hosts
        """;

    private static readonly ProgramRunner s_programs = new();

    private TinyRepository(TestRepository build) => Build = build;

    public TestRepository Build { get; }

    public string Cache => Build.Cache;

    /// <summary>Names of the steps, in order.</summary>
    public static IReadOnlyList<string> Steps { get; } = ["One", "Two", "Three", "Four"];

    public static async Task<TinyRepository> MakeAsync(CancellationToken cancel, string? cache = null)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to make a parent image by hand.");
        var tiny = new TinyRepository(new TestRepository("true"));
        tiny.Build.ReplaceInRecipe("size: 2GiB", "size: 128MiB");
        tiny.Write(Steps.Select(name => (name, $"mkdir -p /data && for i in 1 2 3; do echo $i of {name} >/data/{name}.$i; done; rm -f /data/gone; echo said {name}")));
        tiny.Build.Cache = cache ?? Path.Combine(tiny.Build.Folder, "cache");
        Directory.CreateDirectory(tiny.Cache);
        await tiny.SeedAsync(cancel);
        return tiny;
    }

    /// <summary>Replaces the component's steps.</summary>
    public void Write(IEnumerable<(string Name, string Script)> steps) => File.WriteAllText(
        Path.Combine(Build.Folder, "components/faulty/1.0.0/component.yml"),
        "schemaVersion: 1.0\nname: faulty\ndescription: Made up\nphases:\n  - name: build\n    steps:\n" + string.Concat(steps.Select(s => $"""
                  - name: {s.Name}
                    action: ExecuteBash
                    inputs:
                      commands:
                        - {JsonSerializer.Serialize(s.Script)}

            """)));

    /// <summary>Forgets everything that was built; the parent image stays.</summary>
    public async Task ForgetAsync(CancellationToken cancel)
    {
        if (Directory.Exists(Build.Artifacts)) Directory.Delete(Build.Artifacts, recursive: true);
        await BashAsync("""cd "$1"; find layers -mindepth 1 -maxdepth 1 ! -name "$2" -exec rm -rf {} +; rm -rf validated kept""", [Cache, await KeyAsync(cancel)], cancel);
    }

    /// <summary>How often each step was run, as the events of all runs say; those that were reused are not among them.</summary>
    public IReadOnlyDictionary<string, int> Started()
    {
        var runs = new Dictionary<string, int>();
        foreach (var happened in Events())
        {
            var kind = happened.GetProperty("kind").GetString();
            if (kind is not ("stepStarted" or "stepFinished")) continue;
            var name = happened.GetProperty("id").GetString()!.Split('/')[^1]; // steps have ids
            if (kind == "stepStarted") runs[name] = runs.GetValueOrDefault(name) + 1;
            else if (happened.GetProperty("reused").GetBoolean()) runs[name]--; // a reused one starts and ends at once
        }

        return runs.Where(r => r.Value > 0).ToDictionary();
    }

    /// <summary>Fails when anything is left that nobody owns, after everything has ended.</summary>
    public async Task NothingIsLeftAsync(CancellationToken cancel)
    {
        Traces.NoMount();
        await Traces.NoProcessAsync(Build.Folder, cancel);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Cache, "work")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Cache, "removed")));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Cache, "*", SearchOption.TopDirectoryOnly), f => f.EndsWith(".tmp", StringComparison.Ordinal));
        foreach (var layer in Directory.EnumerateDirectories(Path.Combine(Cache, "layers")))
            Assert.Equal(["files", "layer.json", "root", "stamps", "use"],
                Directory.EnumerateFileSystemEntries(layer).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        s_programs.RunAsync(new Command("rm", "-rf", Build.Folder), CancellationToken.None).GetAwaiter().GetResult();
        Directory.CreateDirectory(Build.Folder);
        Build.Dispose();
    }

    public static async Task<string> BashAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var result = await s_programs.RunAsync(new Command("bash", ["-c", script, "bash", .. arguments]), cancel);
        result.OrThrow("A step of the test failed.");
        return result.Output;
    }

    /// <summary>The store as the program would open it.</summary>
    public Task<LayerStore> OpenStoreAsync(CancellationToken cancel) => LayerStore.OpenAsync(
        Cache, new LayerTrees(new UserNamespace(s_programs, IdMap.Current(), TimeProvider.System)), TimeProvider.System, cancel);

    private IEnumerable<JsonElement> Events()
    {
        var file = Path.Combine(Build.Image, "events.jsonl");
        foreach (var line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            // The last line of a killed run may be half a line.
            if (!line.EndsWith('}')) continue;
            using var json = JsonDocument.Parse(line);
            yield return json.RootElement.GetProperty("event").Clone();
        }
    }

    private async Task<string> KeyAsync(CancellationToken cancel)
    {
        var request = new PlanRequest(Build.Folder, [], "local", Build.Artifacts, null, [], null);
        return (await new Planner().PlanAsync(request, cancel)).Plans.Single().Parent.Key;
    }

    private async Task SeedAsync(CancellationToken cancel)
    {
        using var store = await OpenStoreAsync(cancel);
        using var work = store.Begin();
        await BashAsync(MakeRoot, [work.Root, Tools], cancel);
        var chain = await store.CommitAsync(work, LayerChain.Empty, new NewLayer(await KeyAsync(cancel), "debian:12", 1_700_000_000, 1), cancel);
        await store.SettleAsync(chain, cancel);
    }
}
