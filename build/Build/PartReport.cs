using System.Collections.Concurrent;
using ImageBuilder.Forecasting;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>Passes on what happens to a recipe: adds why a step runs again, and notes how long each part took.</summary>
public sealed class PartReport(IReport report, string recipe, string parent) : IReport
{
    private const int LongestReason = 60;

    private readonly ConcurrentDictionary<string, double> _seconds = new();

    /// <summary>What was forecast for the recipe; null as long as nobody asked.</summary>
    public Forecast? Forecast { get; set; }

    public void Write(BuildEvent happened)
    {
        if (happened is StepFinished { Reused: false } step)
        {
            if (step.Status != "failed") Note(step);
            happened = step with { Why = ReasonOf(step) };
        }
        else if (happened is StageFinished { Reused: false, Status: "success", Stage: "Base" or "Disk" } stage)
            _seconds[Forecaster.TimeOf(stage.Stage, stage.Stage == "Base" ? parent : stage.Stage, recipe)] = stage.Seconds;

        report.Write(happened);
    }

    public bool HasSeconds => !_seconds.IsEmpty;

    /// <summary>How long parts took since this was asked the last time.</summary>
    public IReadOnlyDictionary<string, double> TakeSeconds()
    {
        var taken = _seconds.ToDictionary();
        foreach (var part in taken.Keys) _seconds.TryRemove(part, out _);
        return taken;
    }

    // Of a boot all that runs with one firmware counts: `bios: boots to login prompt`, `bios: web/test/Answers`.
    private void Note(StepFinished step)
    {
        if (step.Stage == "Base") return; // the stage says how long
        var boots = step.Stage == "TestImage";
        _seconds.AddOrUpdate(Forecaster.TimeOf(step.Stage, boots ? step.Id.Split(':')[0] : step.Id, recipe), step.Seconds,
            (_, before) => boots ? before + step.Seconds : step.Seconds);
    }

    private string? ReasonOf(StepFinished step)
    {
        var why = Forecast?.Parts.FirstOrDefault(p => p.Stage == step.Stage && p.Id == step.Id && p.Anew)?.Why;
        return string.IsNullOrEmpty(why) ? null : why.Length <= LongestReason ? why : why[..(LongestReason - 1)] + "…";
    }
}
