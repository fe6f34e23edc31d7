using Bench;
using ImageBuilder.Processes;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var programs = new ProgramRunner();
using var copy = await ScratchCopy.MakeAsync(programs, Environment.CurrentDirectory, stop.Token);
var table = await new Measurements(programs, copy).TakeAsync(stop.Token);
Console.WriteLine(table);
