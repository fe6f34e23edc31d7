using ImageBuilder.Records;

namespace ImageBuilder.SystemTests.Forecasting;

/// <summary>What Plan says beforehand is what the run then does, whatever was changed.</summary>
public sealed class ForecastTests(BuiltRepository built) : IClassFixture<BuiltRepository>
{
    private const string Recipe = "recipes/quick/recipe.yml";
    private const string Component = "components/app/1.0.0/component.yml";
    private const string Page = "components/app/1.0.0/files/page";

    // What is changed; the parts that run then, with a ? where they may be spared; what the first of them gives as the reason.
    private static readonly Dictionary<string, (Action<QuickRepository> Change, string Runs, string Why)> s_mutations = new()
    {
        ["nothing"] = (_ => { }, "", ""),
        ["a byte of a file"] = (r => r.Write(Page, "Page\n"), "Two Three seal Disk bios raw ova", "file files/page: sha256"),
        ["mode of a file"] = (r => File.SetUnixFileMode(Path.Combine(r.Folder, Page), (UnixFileMode)0b111_101_101), "Two Three seal Disk bios raw ova", "mode 755"),
        ["mode of a file that version control does not keep"] = (r => File.SetUnixFileMode(Path.Combine(r.Folder, Page), (UnixFileMode)0b110_000_000), "", ""),
        ["a template's text"] = (r => r.Write("components/app/1.0.0/files/conf.sbn", "name={{ Host }}\n"), "Two Three seal Disk bios raw ova", "file files/conf: sha256"),
        ["a parameter that only a template reads"] = (r => r.Replace(Recipe, "Host: here", "Host: now"), "Two Three seal Disk bios raw ova", "parameter Host: here → now"),
        ["a parameter"] = (r => r.Replace(Recipe, "\"8080\"", "\"9090\""), "One Two Three seal Disk bios raw ova", "parameter Port: 8080 → 9090"),
        ["a constant"] = (r => r.Replace(Component, "value: hello", "value: bye"), "Three seal Disk bios raw ova", "constant Greeting: hello → bye"),
        ["a newer version of the component"] = (r => Newer(r, "/etc/one", "/etc/first"), "One Two Three seal Disk bios raw ova", "script line"),
        ["a newer version of the component with the same steps"] = (r => Newer(r, "description: Made up", "description: The same"), "", ""),
        ["order of keys in the document"] =
            (r => r.Replace(Component, "action: ExecuteBash\n        timeoutSeconds: 100", "timeoutSeconds: 100\n        action: ExecuteBash"), "", ""),
        ["a comment in the document"] = (r => r.Replace(Component, "  - name: build\n", "  # Said by the way\n  - name: build\n"), "", ""),
        ["the document's description"] = (r => r.Replace(Component, "description: Made up", "description: Made up again"), "", ""),
        ["a comment in the recipe"] = (r => r.Replace(Recipe, "# A comment", "# Another one"), "", ""),
        ["order of keys in the recipe"] = (r => r.Replace(Recipe, "name: quick\nversion: 1.0.0", "version: 1.0.0\nname: quick"), "", ""),
        ["the recipe's description, which stands in the OVA"] = (r => r.Replace(Recipe, "Made up", "Made up again"), "ova", "from the recipe"),
        ["a file that no step reads"] = (r => r.Write("components/app/1.0.0/README.md", "text"), "", ""),
        ["packages of the parent image"] = (r => r.Packages = ["dash"], "Base One Two Three seal Disk bios raw ova", "packages: + dash"),
        ["another release as parent image"] =
            (r => r.Replace(Recipe, "debian:12", "debian:13"), "Base One Two Three seal Disk bios raw ova", "parent image: debian:12 → debian:13"),
        ["another mirror"] = (r => r.Switches.Add("--mirror=file:///srv/mirror"), "Base One Two Three seal Disk bios raw ova", "mirror"),
        ["SOURCE_DATE_EPOCH"] = (r => r.Environment["SOURCE_DATE_EPOCH"] = "1600000000", "Base One Two Three seal Disk bios raw ova", "SOURCE_DATE_EPOCH"),
        ["the parent image was made anew"] = (MakeParentAnew, "One Two Three seal Disk bios? raw? ova?", "the parent image was made anew"),
        ["a tool that makes disks"] = (r => r.Tools = "e2fsprogs 2", "Disk bios? raw? ova?", "tools: e2fsprogs 1 → e2fsprogs 2"),
        ["name of a step"] = (r => r.Replace(Component, "name: Two", "name: Zwei"), "", ""),
        ["order of steps"] = (SwapSteps, "Three Two seal Disk bios raw ova", "stands after app/build/One now"),
        ["a step more"] = (r => r.Replace(Component, Three, $"      - {{ name: More, action: ExecuteBash, inputs: {{ commands: [echo more >/etc/more] }} }}\n{Three}"),
            "More Three seal Disk bios raw ova", "new step"),
        ["a step less"] = (r => r.Replace(Component, StepOne, ""), "Two Three seal Disk bios raw ova", "stands after the parent image now"),
        ["timeoutSeconds"] = (r => r.Replace(Component, "timeoutSeconds: 100", "timeoutSeconds: 200"), "", ""),
        ["onFailure that lets the build go on"] = (r => r.Replace(Component, "timeoutSeconds: 100", "onFailure: Continue"), "", ""),
        ["onFailure that makes a layer of a failure"] =
            (r => r.Replace(Component, "timeoutSeconds: 100", "onFailure: Ignore"), "One Two Three seal Disk bios raw ova", "onFailure"),
        ["a condition"] = (r => r.Replace(Component, "fileExists: /etc/one", "fileExists: /etc/page"), "Three seal Disk bios raw ova", "condition line"),
        ["values of a loop"] = (r => r.Replace(Component, "[a, b]", "[a, b, c]"), "Three seal Disk bios raw ova", "loop: for each of [a, b]"),
        ["one format more"] = (r => r.Replace(Recipe, "[raw, ova]", "[raw, ova, vhd]"), "vhd", "not built yet"),
        ["disk size"] = (r => r.Replace(Recipe, "1GiB", "2GiB"), "seal Disk bios raw ova", "disk size: 1024 MiB → 2048 MiB"),
        ["one firmware more"] = (r => r.Replace(Recipe, "[bios]", "[bios, uefi]"), "bios uefi", "firmware: bios → bios, uefi"),
        ["a test step"] = (r => r.Replace(Component, "[cat /etc/one]", "[cat /etc/two]"), "bios", "app/test/Ask: script line"),
        ["artifacts removed"] = (r => Directory.Delete(Path.Combine(r.Folder, "artifacts"), recursive: true), "Disk bios raw ova", "not built yet"),
        ["the disk's file removed"] = (r => File.Delete(Path.Combine(r.Image, "disk.raw")), "Disk", "its file is gone"),
        ["an artifact removed"] = (r => File.Delete(Path.Combine(r.Image, "quick-1.0.0.ova")), "ova", "its file is gone"),
        ["a layer removed"] = (r => Directory.Delete(r.LayerOf("Two"), recursive: true), "Two Three? seal? Disk? bios? raw? ova?", "not in the cache any more"),
        ["a layer damaged"] = (r => File.WriteAllText(Path.Combine(r.LayerOf("Two"), "root/etc/page"), "evil"), "Two Three? seal? Disk? bios? raw? ova?", "damaged"),
        ["a change that another build has made meanwhile"] = (MakeElsewhere, "Disk bios raw ova", "the image that it is made of changed"),
    };

    private const string Three = "      - name: Three\n";

    private const string StepOne = """
              - name: One
                action: ExecuteBash
                timeoutSeconds: 100
                inputs:
                  commands:
                    - echo '{{ Port }}' >/etc/one

        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Mutations => [.. s_mutations.Keys];

    [Theory, MemberData(nameof(Mutations))]
    public async Task The_run_does_what_was_forecast(string mutation)
    {
        using var repository = await built.Repository.CopyAsync(Cancel);
        var before = repository.Sha256();
        var (change, runs, why) = s_mutations[mutation];
        change(repository);
        repository.Run("Plan");
        var forecast = repository.Forecast();
        Assert.Equal(runs, string.Join(' ', forecast.Parts.Where(p => p.Expected != Expected.Reuse).Select(Short)));
        if (runs.Length > 0) Assert.Contains(why, forecast.Parts.First(p => p.Expected != Expected.Reuse).Why, StringComparison.Ordinal);

        var events = repository.Events("Image");
        var same = repository.Sha256() == before;
        Assert.All(forecast.Parts, p => Assert.True(
            Ran(events, p) == (p.Expected == Expected.Run || (p.Expected == Expected.RunIfChanged && !same)), $"{p} was {(Ran(events, p) ? "made" : "reused")}"));

        repository.Run("Plan");
        Assert.All(repository.Forecast().Parts, p => Assert.Equal(Expected.Reuse, p.Expected));
    }

    [Fact]
    public async Task Why_names_what_changed_and_what_follows_from_it()
    {
        using var repository = await built.Repository.CopyAsync(Cancel);
        repository.Run("Why");
        Assert.Contains("quick 1.0.0: nothing would run", repository.Output, StringComparison.Ordinal);
        repository.Replace(Recipe, "\"8080\"", "\"9090\"");
        repository.Run("Why");
        Assert.Contains("app/build/One runs: parameter Port: 8080 → 9090", repository.Output, StringComparison.Ordinal);
        Assert.Contains("  script line ", repository.Output, StringComparison.Ordinal);
        repository.Run("Why", "--step=Disk");
        Assert.Contains("Disk runs: build steps run", repository.Output, StringComparison.Ordinal);
        Assert.Contains("--target=Why --recipe=quick --step=app/build/One", repository.Output, StringComparison.Ordinal);
        repository.Run("Image");
        Assert.Contains("app/build/One: parameter Port: 8080 → 9090", repository.Output, StringComparison.Ordinal);
        Assert.Contains("app/build/Two: the step before it runs", repository.Output, StringComparison.Ordinal);
    }

    private static bool Ran(IReadOnlyDictionary<string, bool> events, ForecastPart part)
    {
        Assert.True(events.TryGetValue(part.Stage, out var stage), $"{part.Stage} did not run");
        if (stage) return false;
        if (part.Stage is "Base" or "Disk" or "TestImage") return true;
        Assert.True(events.TryGetValue($"{part.Stage} {part.Id}", out var step), $"nothing was told of {part.Id}");
        return !step;
    }

    private static string Short(ForecastPart part) =>
        (part.Stage == "Base" ? part.Stage : part.Id[(part.Id.LastIndexOf('/') + 1)..]) + (part.Expected == Expected.RunIfChanged ? "?" : "");

    private static void Newer(QuickRepository repository, string text, string by)
    {
        foreach (var file in (string[])["component.yml", "files/page", "files/conf.sbn"])
            repository.Write($"components/app/1.1.0/{file}", File.ReadAllText(Path.Combine(repository.Folder, "components/app/1.0.0", file)));
        repository.Replace("components/app/1.1.0/component.yml", text, by);
    }

    private static void SwapSteps(QuickRepository repository)
    {
        var text = File.ReadAllText(Path.Combine(repository.Folder, Component));
        var (two, three, end) = (text.IndexOf("      - name: Two", StringComparison.Ordinal), text.IndexOf("      - name: Three", StringComparison.Ordinal),
            text.IndexOf("  - name: test", StringComparison.Ordinal));
        repository.Write(Component, text[..two] + text[three..end] + text[two..three] + text[end..]);
    }

    private static void MakeParentAnew(QuickRepository repository)
    {
        var key = Directory.EnumerateDirectories(Path.Combine(repository.Cache, "layers")).Single(l => Directory.Exists(Path.Combine(l, "root/usr/sbin")));
        Directory.Delete(key, recursive: true);
        repository.Parent = "with newer packages";
        repository.Run("Base");
    }

    private static void MakeElsewhere(QuickRepository repository)
    {
        repository.Replace(Component, "value: hello", "value: bye");
        repository.Run("Customize", $"--artifacts={repository.Folder}/other");
    }
}

/// <summary>A repository that was built once for all tests.</summary>
public sealed class BuiltRepository : IDisposable
{
    private readonly Lazy<QuickRepository> _repository = new(QuickRepository.Built);

    internal QuickRepository Repository => _repository.Value;

    public void Dispose()
    {
        if (_repository.IsValueCreated) Repository.Dispose();
    }
}
