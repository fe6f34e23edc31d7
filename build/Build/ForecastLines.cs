using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>A forecast as people read it: a line a part, with what is reused in one line.</summary>
internal static class ForecastLines
{
    private const int Longest = 118;
    private const int Widest = 48;

    // More recipes than these are told by their headlines alone.
    private const int MostInFull = 12;

    public static IEnumerable<string> Of(IReadOnlyList<Forecast> forecasts)
    {
        foreach (var forecast in forecasts)
        {
            yield return $"  {Headline(forecast)}";
            if (forecasts.Count <= MostInFull)
                foreach (var line in Parts(forecast)) yield return line;
        }

        if (forecasts.Count > 1)
            yield return $"  all {Figures.Count(forecasts.Count, "recipe")}: {Took(forecasts.Sum(f => f.Seconds), forecasts.Sum(f => f.Unknown))}, one after the other";
    }

    /// <summary><c>web 1.0.1: 3 of 14 parts run, about 22.1 s</c>.</summary>
    public static string Headline(Forecast forecast)
    {
        var run = forecast.Parts.Count(p => p.Expected != Expected.Reuse);
        return $"{forecast.Recipe} {forecast.Version}: " + (run == 0 ? $"nothing to do, all {Figures.Count(forecast.Parts.Count, "part")} are reused"
            : $"{run} of {Figures.Count(forecast.Parts.Count, "part")} run, {Took(forecast.Seconds, forecast.Unknown)}");
    }

    /// <summary>The name of a part with its stage, where that says more.</summary>
    public static string NameOf(ForecastPart part) => part.Stage is "Customize" || part.Id == part.Stage ? part.Id : $"{part.Stage} {part.Id}";

    private static IEnumerable<string> Parts(Forecast forecast)
    {
        var width = Math.Min(Widest, forecast.Parts.Where(p => p.Expected != Expected.Reuse).Select(p => NameOf(p).Length).DefaultIfEmpty().Max());
        for (var at = 0; at < forecast.Parts.Count;)
        {
            var reused = forecast.Parts.Skip(at).TakeWhile(p => p.Expected == Expected.Reuse && p.Why == forecast.Parts[at].Why).ToList();
            if (reused.Count > 0)
            {
                at += reused.Count;
                yield return Cut($"    reuse  {(reused.Count == 1 ? NameOf(reused[0]) : $"{NameOf(reused[0])} … {NameOf(reused[^1])} ({reused.Count} parts)")}"
                    + (reused[0].Why.Length > 0 ? $"  {reused[0].Why}" : ""));
                continue;
            }

            var part = forecast.Parts[at++];
            var unless = part.Expected == Expected.RunIfChanged ? ", unless that comes out the same" : "";
            yield return Cut($"    run    {NameOf(part).PadRight(width)} {(part.Seconds is { } seconds ? Figures.Time(seconds) : "?"),9}  {part.Why}{unless}");
        }
    }

    private static string Took(double seconds, int unknown) => unknown == 0 ? $"about {Figures.Time(seconds)}"
        : seconds == 0 ? "nobody knows how long" : $"more than {Figures.Time(seconds)} ({Figures.Count(unknown, "part")} never timed)";

    private static string Cut(string line) => line.Length <= Longest ? line : line[..(Longest - 1)] + "…";
}
