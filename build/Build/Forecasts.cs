using System.Collections.Concurrent;
using ImageBuilder.Forecasting;
using ImageBuilder.Layers;
using ImageBuilder.Records;

namespace Build;

/// <summary>The forecasts of a run, each made once, and what is kept so that later runs can make theirs.</summary>
public sealed class Forecasts(Options options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, string> _earlier = new();
    private readonly ConcurrentDictionary<RecipeBuild, Forecaster> _forecasters = new();
    private StepTimes? _times;

    /// <summary>What this run does for the recipe, seen from before it began.</summary>
    public async Task<Forecast> OfAsync(RecipeBuild build, CancellationToken cancel)
    {
        if (build.Parts.Forecast is { } made) return made;
        _times ??= await StepTimes.ReadAsync(options.Cache, cancel);
        var old = await LastAsync(build, cancel);
        var forecaster = new Forecaster(build.Run, build.Engine, build.Exporter(), old, _times, _earlier);
        _forecasters[build] = forecaster;
        return build.Parts.Forecast = await forecaster.RunAsync(cancel);
    }

    /// <summary>What entered the last build of the recipe.</summary>
    public static Task<BuildInputs?> LastAsync(RecipeBuild build, CancellationToken cancel) =>
        BuildInputs.LastAsync(Path.GetDirectoryName(build.Folder)!, cancel); // a version's folder lies in its recipe's

    /// <summary>Everything that differs in the inputs of a part whose forecast was made.</summary>
    public IReadOnlyList<InputChange> Changes(RecipeBuild build, ForecastPart part) => _forecasters[build].Changes(part);

    /// <summary>After a stage that ended well: what entered it, where it made something of steps, and how long its parts took.</summary>
    public async Task RememberAsync(RecipeBuild build, string stage, CancellationToken cancel)
    {
        if (build.Parts.HasSeconds) await KeepTimesAsync(build, cancel);
        if (stage is not ("Validate" or "Plan" or "Base"))
            await PlanInputs.Of(build.Plan, build.Engine.DiskTools(build.Run)).KeepAsync(build.Folder, clock, cancel);
    }

    // Nobody waits for the sake of a forecast: while another build writes its times, ours are kept for the next stage.
    private async Task KeepTimesAsync(RecipeBuild build, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.Cache);
        using var alone = FileLock.Try(Path.Combine(options.Cache, "times.lock"));
        if (alone is not null) await (await StepTimes.ReadAsync(options.Cache, cancel)).With(build.Parts.TakeSeconds()).WriteAsync(options.Cache, cancel);
    }
}
