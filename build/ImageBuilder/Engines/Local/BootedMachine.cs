using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// A chain of layers booted in a virtual machine, on a disk that is thrown away: the session of validate steps where no container can be booted.
/// </summary>
public sealed class BootedMachine : IImageSession
{
    /// <summary>The console's log, in the folder of the step logs.</summary>
    public const string ConsoleFile = "console-validate.log";

    private const string Stage = "Customize";
    private const string What = "booting a virtual machine for the validate steps";
    private const string Program = "qemu-system-x86_64";
    private const int LinesShown = 10;

    // Steps have left here what the finished image will not have: packages' archives, caches, logs.
    private const long Spare = 2L << 30;

    private readonly LayerWork _work;
    private readonly VirtualMachine _machine;
    private readonly AgentSession _session;

    private BootedMachine(LayerWork work, VirtualMachine machine, AgentSession session) => (_work, _machine, _session) = (work, machine, session);

    /// <summary>Boots and waits for the agent; null where there is nothing to boot it with.</summary>
    public static async Task<BootedMachine?> BootAsync(BuildRun run, Sandbox sandbox, LayerChain chain, CancellationToken cancel)
    {
        if (run.Programs.Find(Program) is null) return null;
        run.Report.Write(new Progress(Stage, What, "making a disk of the layers"));
        // Held as long as the machine runs: its own copy of the disk lies there too when memory is short.
        var work = sandbox.Store.Begin();
        try
        {
            var epoch = chain.Top!.Layer.Epoch; // a chain to boot has a top
            var disk = await DiskAsync(run, sandbox, chain, epoch, work.Beside("disk"), cancel);
            var accelerated = await KvmProbe.WorksAsync(run.Programs, cancel);
            var log = Path.Combine(Directory.CreateDirectory(Path.Combine(run.Folder, "logs")).FullName, ConsoleFile);
            var machine = await VirtualMachine.StartAsync(run.Programs, disk, work.Folder, log, "bios", accelerated, box: true, cancel);
            File.Delete(disk);
            return new BootedMachine(work, machine, await GreetAsync(run, machine, log, epoch, BootLimits.For(accelerated), cancel));
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    public Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel) =>
        _session.RunAsync(step, script, line, cancel);

    public Task RebootAsync(Action<string> line, CancellationToken cancel) => _session.RebootAsync(line, cancel);

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _machine.DisposeAsync();
        _work.Dispose();
    }

    private static async Task<AgentSession> GreetAsync(
        BuildRun run, VirtualMachine machine, string log, long epoch, BootLimits limits, CancellationToken cancel)
    {
        try
        {
            var console = new BootConsole(log, run.Clock, line => run.Report.Write(new Progress(Stage, What, line)));
            var end = await console.WaitForLoginAsync(limits, machine.Gone, cancel);
            if (end.Why is { } why) throw NoBoot(why, console.LastLines(LinesShown), $"Read the console's log {log}.");
            var settings = new AgentSettings(run.Settings.Repository, epoch, AgentSettings.SerialChunk, limits.Total);
            return await machine.SessionAsync(settings, run.Clock, cancel);
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    // As the stage Disk makes it, with what boots it and nothing else of the seal: validate steps see the image as a container shows it.
    private static async Task<string> DiskAsync(BuildRun run, Sandbox sandbox, LayerChain chain, long epoch, string folder, CancellationToken cancel)
    {
        var plan = run.Plan with { Disk = run.Plan.Disk with { Size = run.Plan.Disk.Size + Spare } };
        await using var session = sandbox.Open(chain, epoch);
        var step = SealStep.BootableOf(plan);
        var made = await session.RunAsync(step, step.Script.ToString(), _ => { }, cancel);
        if (made.ExitCode != 0)
            throw NoBoot("The files that make it boot could not be written.", [made.Tail], $"Check the room that is left in {run.Settings.Cache}.");
        var whole = chain.With(session.Work.Unkept(chain.Top!.Layer)); // a chain to boot has a top
        var disk = await sandbox.ReadAsync(whole, tree => new DiskAssembly(run.Programs).MakeAsync(plan, tree, epoch, folder, cancel), cancel);
        return Path.Combine(folder, disk.File);
    }

    private static ProblemException NoBoot(string why, IReadOnlyList<string> lines, string fix) => new(ExitCode.BuildFailed,
        new Problem("IB4108", "The virtual machine for the validate steps did not boot.", string.Join('\n', lines.Prepend(why)), fix));
}
