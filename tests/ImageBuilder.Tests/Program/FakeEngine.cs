using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Forecasting;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Running;
using ImageBuilder.Tests.Running;

namespace ImageBuilder.Tests.Program;

/// <summary>
/// An engine that only says what it would do. Each thing takes as long as it is told, on the clock of the test.
/// </summary>
internal sealed class FakeEngine(ManualClock clock) : IImageEngine
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _layers = [];

    public string Name => "local";

    public bool NeedsThisMachine => true;

    /// <summary>Stages that ran, as <c>Stage recipe</c>.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>Called at the start of each stage and step, e.g. to throw or to cancel.</summary>
    public Action<string, Plan> On { get; set; } = (_, _) => { };

    /// <summary>Content of disks; null: a few bytes.</summary>
    public byte[]? Disk { get; set; }

    public HashSet<string> FailingTests { get; } = [];

    public static string Sha256(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public void Forget() => _layers.Clear();

    public string? LayerOf(BuildRun run, string key)
    {
        lock (_lock) return _layers.GetValueOrDefault(key);
    }

    public Task<IReadOnlyList<PartFound>> FindPartsAsync(BuildRun run, CancellationToken cancel) => Task.FromResult<IReadOnlyList<PartFound>>(
    [
        new("Base", run.Plan.Parent.Reference, run.Plan.Parent.Key, StateOf(run.Plan.Parent.Key)),
        .. run.Plan.Build.Select(s => new PartFound("Customize", s.Id, s.Key, StateOf(s.Key))),
        new("Customize", Forecaster.Seal, $"{run.Plan.TopKey}-seal", StateOf(run.Plan.TopKey), LayerOf(run, run.Plan.TopKey)),
    ]);

    private PartState StateOf(string key) => _layers.ContainsKey(key) ? PartState.There : PartState.Missing;

    /// <summary>What the last run wished.</summary>
    public Wishes? Wishes { get; private set; }

    /// <summary>As another build does it: the same key, other content.</summary>
    public void MakeAgain(string key) => _layers[key] += " again";

    /// <summary>Versions of the tools of the machine.</summary>
    public string Tools { get; set; } = "";

    public string DiskTools(BuildRun run) => Tools;

    /// <summary>What was asked of the cache.</summary>
    public List<CacheCleaning> Cleaned { get; } = [];

    /// <summary>What Cache shows.</summary>
    public CacheContents Contents { get; set; } = new("/cache", [], []);

    public Task<CacheCleaned> CleanAsync(EngineHost host, CacheCleaning what, CancellationToken cancel)
    {
        Cleaned.Add(what);
        List<string> going = [.. _layers.Keys.Where(key => what.Wanted?.Contains(key) == false)];
        if (!what.DryRun) going.ForEach(key => _layers.Remove(key));
        List<CachedLayer> layers = [.. going.Select(key => new CachedLayer(key, null, "made up", 1 << 20, default, default, InUse: false))];
        return Task.FromResult(new CacheCleaned(layers, [], layers.Count > 0 ? 1 << 20 : 0, 0, 1 << 21));
    }

    public Task<CacheContents> LookAsync(EngineHost host, CancellationToken cancel) => Task.FromResult(Contents);

    public Task<CacheVerified> VerifyAsync(EngineHost host, CancellationToken cancel) =>
        Task.FromResult(new CacheVerified(Contents.Layers.Count, Contents.Bytes, []));

    public Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        Begin("Base", run);
        Step(run, "Base", "bootstrap debian:12", 14.5, run.Plan.Parent.Key, "unpacking 157 packages");
        return Task.FromResult(new Based(run.Plan.Stages.Base, run.Plan.Parent.Key, 1_700_000_000, Reused: false, 14.5)
        {
            Layer = _layers[run.Plan.Parent.Key],
        });
    }

    public Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel)
    {
        Begin("Customize", run);
        List<StepDone> done = [];
        foreach (var step in run.Plan.Build)
        {
            On(step.Id, run.Plan);
            cancel.ThrowIfCancellationRequested();
            var reused = Step(run, "Customize", step.Id, 1.2, step.Key);
            done.Add(new StepDone(step.Id, "success", reused, 1.2, 0, $"logs/{step.Name}.log"));
        }

        lock (_lock) _layers.TryAdd(run.Plan.TopKey, run.Plan.TopKey);
        return Task.FromResult(new Customized(run.Plan.Stages.Customize, run.Plan.TopKey, parent.Epoch, done, [])
        {
            Layer = LayerOf(run, run.Plan.TopKey)!, // just made
        });
    }

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        Begin("Disk", run);
        clock.Advance(TimeSpan.FromSeconds(0.8));
        var file = $"{run.Plan.Recipe}.raw";
        var content = Disk ?? System.Text.Encoding.UTF8.GetBytes(customized.Key);
        await File.WriteAllBytesAsync(Path.Combine(run.Folder, file), content, cancel);
        var digest = Disk is null ? customized.Key.PadRight(64, '0') : await Verity.OfAsync(Path.Combine(run.Folder, file), cancel);
        return new DiskMade(run.Plan.Stages.Disk, file, content.Length, digest, "root-uuid", customized.Epoch)
        {
            Layer = customized.Layer,
            Tools = Tools,
        };
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel)
    {
        Begin("TestImage", run);
        List<BootTest> boots = [];
        foreach (var firmware in run.Plan.Disk.Firmware)
        {
            run.Report.Write(new StepStarted("TestImage", $"boot {firmware}"));
            clock.Advance(TimeSpan.FromSeconds(13));
            run.Report.Write(new StepFinished("TestImage", $"boot {firmware}", 13, Reused: false, "success"));
            List<TestCase> cases = [.. run.Plan.Test.Select(
                t => new TestCase(t.Id, !FailingTests.Contains(t.Name), Skipped: false, 0.3, 0, "it said no", ""))];
            foreach (var one in cases) run.Report.Write(new TestFinished(firmware, one));
            boots.Add(new BootTest(firmware, 13, $"console-{firmware}.log", cases));
        }

        return Task.FromResult(new Tested(run.Plan.Stages.TestImage, disk.Digest, Disk is null ? disk.Digest : Sha256(Disk), boots.TrueForAll(b => b.Cases.All(c => c.Passed)),
            boots));
    }

    /// <summary>The last shell that was asked for.</summary>
    public ShellRequest? Shell { get; private set; }

    public async Task<int> ShellAsync(BuildRun run, ShellRequest request, CancellationToken cancel)
    {
        Shell = request;
        await request.Output.WriteAsync("from inside"u8.ToArray(), cancel);
        request.Error("an error");
        return 7;
    }

    /// <summary>Runs the steps by bash on this machine.</summary>
    public async Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel)
    {
        Begin("Component", run);
        var folder = Directory.CreateTempSubdirectory("trial-").FullName;
        try
        {
            using var trial = new Trial(run, settings);
            IImageSession session = new BashSession(folder);
            await trial.RunAsync(new TrialSessions(session, _ =>
            {
                Ran.Add("boot");
                return Task.FromResult(session);
            }), cancel);
            return trial.End(settings.Keep ? [$"Kept: {folder}"] : []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Begin(string stage, BuildRun run)
    {
        Add(stage, run.Plan);
        Wishes = run.Wishes;
        On(stage, run.Plan);
    }

    public void Add(string stage, Plan plan)
    {
        lock (_lock) Ran.Add($"{stage} {plan.Recipe}");
    }

    private bool Step(BuildRun run, string stage, string id, double seconds, string key, string? progress = null)
    {
        bool reused;
        lock (_lock) reused = !_layers.TryAdd(key, key);
        run.Report.Write(new StepStarted(stage, id));
        if (progress is not null) run.Report.Write(new Progress(stage, id, progress, 0.5));
        if (!reused) clock.Advance(TimeSpan.FromSeconds(seconds));
        run.Report.Write(new StepFinished(stage, id, reused ? 0 : seconds, reused, "success"));
        return reused;
    }

    /// <summary>A failure as an engine reports one.</summary>
    public static ProblemException Failed(Plan plan, string step) =>
        new(ExitCode.BuildFailed, new Problem("IB0001", $"Step `{step}` failed.",
        "The script ended with exit code 1.\nE: no such package\u001b[2J", "Mend the script.", new Place(plan.RecipeFile, 3, 5)));
}
