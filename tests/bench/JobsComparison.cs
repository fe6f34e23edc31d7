using System.Globalization;
using ImageBuilder.Processes;

namespace Bench;

/// <summary>Both sample recipes from an empty cache to finished images, one after the other and side by side, in turns.</summary>
internal sealed class JobsComparison(IProgramRunner programs, ScratchCopy copy, int rounds)
{
    private static readonly string[] s_recipes = ["--recipe=debian-12-minimal", "--recipe=debian-12-web"];

    private readonly TimedRuns _runs = new(programs, copy);

    public async Task TakeAsync(CancellationToken cancel)
    {
        await _runs.RunAsync(["--tree"], cancel); // compiles
        var (alone, beside) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            alone.Add(await FromNothingAsync($"one-{round}", ["--jobs=1"], cancel));
            beside.Add(await FromNothingAsync($"several-{round}", [], cancel));
        }

        Console.WriteLine();
        Console.WriteLine($"| debian-12-minimal and debian-12-web, empty cache, to finished images ({rounds} in turns, medians) | seconds | ratio |");
        Console.WriteLine("|---|---|---|");
        Row("--jobs=1", BuildComparison.Median(alone), 1);
        Row("default", BuildComparison.Median(beside), BuildComparison.Median(beside) / BuildComparison.Median(alone));
    }

    private async Task<double> FromNothingAsync(string cache, string[] switches, CancellationToken cancel)
    {
        // Its records would say that there is nothing to do.
        if (Directory.Exists(copy.Artifacts)) Directory.Delete(copy.Artifacts, recursive: true);
        return (await _runs.RunAsync(["--target=Image", .. s_recipes, $"--cache={copy.Cache}-{cache}", .. switches], cancel)).Seconds;
    }

    private static void Row(string what, double seconds, double ratio) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {seconds:0.0} | {ratio:0.00} |"));
}
