using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Forecasting;

/// <summary>Why parts of a build are made: each reason on one line, the cause nearest to what people change.</summary>
/// <param name="old">What entered the last completed build of the recipe.</param>
internal sealed class Reasons(Plan plan, BuildInputs? old)
{
    private const string Never = "not built yet";

    /// <param name="now">What enters the part.</param>
    /// <param name="before">The parts before it.</param>
    public string Of(PartInputs? now, PartFound part, IReadOnlyList<ForecastPart> before)
    {
        if (now is null || old is null) return part.State == PartState.Damaged ? State(part) : Never;
        if (old.Find(part.Stage, part.Id) is not { } was) return part.Stage == "Base" ? Parent(now) : "new step";
        if (InputChange.Between(was, now) is [var first, ..] changes) return More(first, changes.Count);
        if (Lost(part, before) is { } lost) return lost;
        // A parent image has nothing before it: what it is made by is not what it was.
        if (part.Stage == "Base") return "how parent images are made changed";
        return was.Digest == now.Digest ? State(part) : Moved(now, part) ?? "the image builder changed";
    }

    /// <param name="record">The record of the disk made of the same plan.</param>
    /// <param name="same">A new disk would have the bytes of the recorded one.</param>
    public string OfDisk(PartInputs? now, IReadOnlyList<ForecastPart> before, DiskMade? record, bool same)
    {
        if (same) return "its file is gone or was changed";
        if (Changed(now) is { } changed) return changed;
        if (old is null) return Never;
        if (before.Any(p => p.Expected != Expected.Reuse && IsBelow(p))) return "build steps run";
        if (before.Any(p => p is { Id: Forecaster.Seal, Expected: not Expected.Reuse }) || record is not null)
            return plan.Machine is null ? "the layer that it is made of is made anew" : "the image is made anew";
        return old.Find("Disk", "Disk") is { } was && was.Digest != now?.Digest ? "the image that it is made of changed" : Never;
    }

    /// <param name="record">The record of a test with the same plan.</param>
    public string OfTest(PartInputs? now, IReadOnlyList<ForecastPart> before, Tested? record) =>
        record is { Passed: false } ? "it failed the last time" : old is null ? Never
        : Changed(now) ?? OnDisk(before) ?? (record is null ? Never : "the disk is another one");

    public string OfFormat(PartInputs? now, IReadOnlyList<ForecastPart> before, Exported? record) =>
        record is null || old?.Find("Export", now?.Id ?? "") is null ? Never : Changed(now) ?? OnDisk(before) ?? "its file is gone or was changed, or its writer was";

    private string? Changed(PartInputs? now) => now is not null && old?.Find(now.Stage, now.Id) is { } was
        && InputChange.Between(was, now) is [var first, ..] changes ? More(first, changes.Count) : null;

    private static string? OnDisk(IReadOnlyList<ForecastPart> before) =>
        before.Any(p => p is { Stage: "Disk", Expected: not Expected.Reuse }) ? "the disk is made anew" : null;

    // What runs before it changes what it is made on.
    private string? Lost(PartFound part, IReadOnlyList<ForecastPart> before)
    {
        if (before.LastOrDefault(p => p.Expected != Expected.Reuse && IsBelow(p)) is { } below)
            return below.Stage == "Base" ? "the parent image is made anew" : plan.Build.Any(s => s.Id == part.Id) ? "the step before it runs" : "build steps run";
        return part.State switch
        {
            PartState.Unfit when plan.Build is [var first, ..] && first.Id == part.Id => "the parent image was made anew",
            PartState.Unfit => "a layer below it was made anew",
            PartState.Damaged => State(part),
            _ => null,
        };
    }

    // Validate steps do not change what the seal is put on.
    private bool IsBelow(ForecastPart part) => part.Stage == "Base" || (part.Stage == "Customize" && plan.Build.Any(s => s.Id == part.Id));

    private string State(PartFound part) => part.State switch
    {
        PartState.Damaged => "its layer is damaged",
        PartState.Missing when part.Key.Length == 0 => "has not succeeded on this image yet",
        _ => plan.Machine is null ? "its layer is not in the cache any more" : "the image is not in AWS any more",
    };

    private string Parent(PartInputs now) =>
        old?.Parts.FirstOrDefault(p => p.Stage == "Base") is { } was ? $"parent image: {was.Id} → {now.Id}" : Never;

    // The step's own inputs are the same: it stands on other ones.
    private string? Moved(PartInputs now, PartFound part)
    {
        if (plan.Build.Select(s => s.Id).ToList().IndexOf(part.Id) is not (>= 0 and var at))
            return part.Id == Forecaster.Seal ? "the steps below it changed" : null;
        var was = old!.Parts.Where(p => p.Stage == "Customize").Select(p => p.Id).ToList();
        var (previous, wasPrevious) = (at == 0 ? null : plan.Build[at - 1].Id, was.IndexOf(now.Id) is > 0 and var index ? was[index - 1] : null);
        if (previous == wasPrevious) return previous is null ? "the parent image is another one" : $"the step before it changed: {previous}";
        return $"stands after {previous ?? "the parent image"} now, after {wasPrevious ?? "the parent image"} before";
    }

    private static string More(InputChange first, int count) => count == 1 ? first.ToString() : $"{first} (and {count - 1} more)";
}
