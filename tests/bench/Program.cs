using Bench;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var programs = new ProgramRunner();
using var copy = await ScratchCopy.MakeAsync(programs, Environment.CurrentDirectory, stop.Token);
try
{
    var parts = args.Where(a => a != "quick").ToHashSet();
    var rounds = args.Contains("quick") ? 1 : 3;
    var measurements = new Measurements(programs, copy);
    if (parts.Contains("documents")) await measurements.TakeDocumentsAsync(alone: true, stop.Token);
    if (parts.Contains("plans")) await measurements.TakePlansAsync(alone: true, stop.Token);
    if (parts.Count == 0) await measurements.TakeAsync(stop.Token);
    if (parts.Count == 0 || parts.Contains("exports"))
    {
        using var exports = new ExportComparison(programs, rounds);
        await exports.TakeAsync(stop.Token);
    }

    if (parts.Count == 0 || parts.Contains("publish"))
    {
        using var publish = new PublishRate();
        await publish.TakeAsync(stop.Token);
    }

    if (parts.Count == 0 || parts.Contains("boots")) await new BootComparison(programs, copy, rounds).TakeAsync(stop.Token);
    if (parts.Contains("jobs")) await new JobsComparison(programs, copy, rounds).TakeAsync(stop.Token);
    if (parts.Count == 0 || parts.Contains("builds")) await new BuildComparison(programs, copy, rounds).TakeAsync(stop.Token);
    return 0;
}
catch (ProblemException failed)
{
    foreach (var problem in failed.Problems) await Console.Error.WriteLineAsync($"{problem}{Environment.NewLine}{problem.Why}");
    return (int)failed.Exit;
}
