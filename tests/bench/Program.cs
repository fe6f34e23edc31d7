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
    var measurements = new Measurements(programs, copy);
    if (args is ["documents"]) await measurements.TakeDocumentsAsync(alone: true, stop.Token);
    else await measurements.TakeAsync(stop.Token);
    return 0;
}
catch (ProblemException failed)
{
    foreach (var problem in failed.Problems) await Console.Error.WriteLineAsync($"{problem}{Environment.NewLine}{problem.Why}");
    return (int)failed.Exit;
}
