using ImageBuilder.Contracts;
using ImageBuilder.Records;

namespace ImageBuilder.Forecasting;

/// <summary>Says beforehand what a run will make for one recipe and what it will reuse, and why. Touches nothing.</summary>
/// <param name="run">Its folder need not exist.</param>
/// <param name="old">What entered the last completed build of the recipe; null: there was none.</param>
/// <param name="earlier">Layer keys that recipes before this one make in the same run, with the recipe.</param>
public sealed class Forecaster(
    BuildRun run, IImageEngine engine, IImageExporter exporter, BuildInputs? old, StepTimes times, IDictionary<string, string> earlier)
{
    /// <summary>How events name the engine's own last step.</summary>
    public const string Seal = "imagebuilder/seal/seal";

    private const string Fix = "Delete it, and run the target again.";

    private readonly List<ForecastPart> _parts = [];
    private readonly BuildInputs _now = PlanInputs.Of(run.Plan, engine.DiskTools(run));
    private readonly Reasons _reasons = new(run.Plan, old);

    public async Task<Forecast> RunAsync(CancellationToken cancel)
    {
        var found = await engine.FindPartsAsync(run, cancel);
        var seal = found.FirstOrDefault(p => p.Stage == "Customize" && p.Id == Seal);
        var customized = await ReadAsync<Customized>(RecordFiles.CustomizeFile, run.Plan.Stages.Customize, cancel);
        var stands = customized is not null && seal is { State: PartState.There } && customized.Layer == seal.Layer;
        foreach (var part in found) Layer(stands && part.Key.Length == 0 ? part with { State = PartState.There } : part);
        await DiskAsync(seal, cancel);
        var parts = _parts.Select(Timed).ToList();
        return new Forecast(run.Plan.Recipe, run.Plan.Version, run.Plan.Digest, Total(parts), parts.Count(p => p.Expected != Expected.Reuse && p.Seconds is null), parts);
    }

    /// <summary>What differs in the inputs of a part from those of the last build, the likeliest cause first.</summary>
    public IReadOnlyList<InputChange> Changes(ForecastPart part) => _now.Find(part.Stage, part.Id) is { } now && old?.Find(part.Stage, part.Id) is { } was
        ? InputChange.Between(was, now, all: true) : [];

    /// <summary>The name under which the times of a part are kept: steps have theirs whatever recipe they are in.</summary>
    public static string TimeOf(string stage, string id, string recipe) => stage switch
    {
        "Customize" => id,
        "Base" => $"Base {id}",
        _ => $"{stage} {(id == stage ? "" : id + " ")}{recipe}",
    };

    private void Layer(PartFound part)
    {
        if (part.State == PartState.There) Add(part, Expected.Reuse, "");
        else if (part.Key.Length > 0 && earlier.TryGetValue(part.Key, out var recipe) && recipe != run.Plan.Recipe) Add(part, Expected.Reuse, $"{recipe} makes it before");
        else
        {
            if (part.Key.Length > 0) earlier.TryAdd(part.Key, run.Plan.Recipe);
            Add(part, part.State == PartState.Detached ? Expected.RunIfChanged : Expected.Run, _reasons.Of(_now.Find(part.Stage, part.Id), part, _parts));
        }
    }

    private async Task DiskAsync(PartFound? seal, CancellationToken cancel)
    {
        var disk = await ReadAsync<DiskMade>(RecordFiles.DiskFile, run.Plan.Stages.Disk, cancel);
        // Then a new one has the same bytes, should its file be gone.
        var fits = disk is not null && seal is { State: PartState.There or PartState.Detached } && disk.Layer == seal.Layer && disk.Tools == engine.DiskTools(run);
        var same = fits && seal is { State: PartState.There };
        var stands = fits && RecordFiles.StillHas(run.Folder, RecordFiles.DiskFile, disk!.File, disk.Size); // fits: there is one
        Add("Disk", "Disk", !stands ? Expected.Run : same ? Expected.Reuse : Expected.RunIfChanged,
            same && stands ? "" : _reasons.OfDisk(_now.Find("Disk", "Disk"), _parts, disk, same));

        // Whatever tests there were: the record says which bytes a disk has.
        var known = await RecordFiles.TryReadAsync<Tested>(Path.Combine(run.Folder, RecordFiles.TestFile), Fix, cancel);
        var tested = known?.Plan == run.Plan.Stages.TestImage ? known : null;
        var test = tested is not { Passed: true } || (same && tested.DiskDigest != disk!.Digest) ? Expected.Run : same ? Expected.Reuse : Expected.RunIfChanged;
        foreach (var firmware in run.Plan.Disk.Firmware)
            Add("TestImage", firmware, test, test == Expected.Reuse ? "" : _reasons.OfTest(_now.Find("TestImage", firmware), _parts, tested));

        var exported = await RecordFiles.TryReadAsync<Exported>(Path.Combine(run.Folder, RecordFiles.ExportFile), Fix, cancel);
        var sha256 = !same ? exported?.DiskSha256 : known?.DiskDigest == disk!.Digest ? known.DiskSha256 : null;
        var kept = sha256 is null ? [] : exporter.Kept(run, sha256, exported).Select(a => a.Format).ToHashSet();
        foreach (var format in run.Plan.Outputs)
        {
            var export = !kept.Contains(format) ? Expected.Run : same ? Expected.Reuse : Expected.RunIfChanged;
            Add("Export", format, export, export == Expected.Reuse ? "" : _reasons.OfFormat(_now.Find("Export", format), _parts, exported));
        }
    }

    private async Task<T?> ReadAsync<T>(string file, string digest, CancellationToken cancel) where T : class, IStageRecord =>
        await RecordFiles.TryReadAsync<T>(Path.Combine(run.Folder, file), Fix, cancel) is { } record && record.Plan == digest ? record : null;

    private void Add(PartFound part, Expected expected, string why) => Add(part.Stage, part.Id, expected, why);

    private void Add(string stage, string id, Expected expected, string why) =>
        _parts.Add(new ForecastPart(stage, id, expected, why, null) { Anew = expected != Expected.Reuse && old?.Find(stage, id) is not null });

    private ForecastPart Timed(ForecastPart part) => part.Expected == Expected.Reuse ? part : part with
    {
        Seconds = times.Expected(TimeOf(part.Stage, part.Id, run.Plan.Recipe)) ?? times.Like(TimeOf(part.Stage, part.Id, "")),
    };

    // Machines boot and formats are written side by side, all else one after the other.
    private static double Total(IReadOnlyList<ForecastPart> parts) => Math.Round(parts.Where(p => p.Expected != Expected.Reuse).GroupBy(p => p.Stage)
        .Sum(stage => stage.Key is "TestImage" or "Export" ? stage.Max(p => p.Seconds ?? 0) : stage.Sum(p => p.Seconds ?? 0)), 3);
}
