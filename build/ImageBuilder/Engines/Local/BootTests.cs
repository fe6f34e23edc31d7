using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Running;
using ImageBuilder.Testing;

namespace ImageBuilder.Engines.Local;

/// <summary>Boots copies of a finished disk, one for each firmware, and runs the plan's tests inside.</summary>
public sealed class BootTests(BuildRun run, MachinePlaces places)
{
    public const string Boots = "boots to login prompt";

    private const string Stage = "TestImage";
    private const int LinesShown = 20;
    private const long ConsoleLimit = 262_144;

    private readonly Lock _lock = new();

    public async Task<Tested> RunAsync(DiskMade disk, CancellationToken cancel)
    {
        var path = Path.Combine(run.Folder, disk.File);
        var accelerated = await KvmProbe.WorksAsync(run.Programs, cancel);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var boots = run.Plan.Disk.Firmware
            .Select(firmware => places.InTurnAsync(() => BootAsync(path, disk, firmware, accelerated, ended.Token), ended.Token))
            .ToList();
        var check = Sha256Async(path, disk, ended.Token);
        try
        {
            await foreach (var one in Task.WhenEach([.. boots, check]).WithCancellation(cancel)) await one;
        }
        finally
        {
            // A problem with one ends the others before it is told.
            await ended.CancelAsync();
            await Task.WhenAll([.. boots, check]).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        var made = await Task.WhenAll(boots);
        var report = JUnitReport.Of($"{run.Plan.Recipe}-{run.Plan.Version}", made, boot => Console(boot.Console));
        await AtomicFile.WriteAsync(Path.Combine(run.Folder, JUnitReport.FileName), report, cancel);
        return new Tested(run.Plan.Stages.TestImage, disk.Digest, await check, made.All(b => b.Cases.All(c => c.Passed)), made);
    }

    private async Task<BootTest> BootAsync(string path, DiskMade disk, string firmware, bool accelerated, CancellationToken cancel)
    {
        var log = $"console-{firmware}.log";
        var limits = BootLimits.For(accelerated);
        var report = new FirmwareReport(run.Report, firmware);
        report.Write(new StepStarted(Stage, Boots));
        var console = new BootConsole(Path.Combine(run.Folder, log), run.Clock, line => report.Write(new Progress(Stage, Boots, line)));
        await using var machine = await VirtualMachine.StartAsync(
            run.Programs, path, run.Folder, Path.Combine(run.Folder, log), firmware, accelerated, VirtualMachine.NeedsBox(run.Plan.Test), cancel);
        var end = await console.WaitForLoginAsync(limits, machine.Gone, cancel);
        var boot = await CaseAsync(end, console, machine, cancel);
        report.Write(new StepFinished(Stage, Boots, boot.Seconds, Reused: false, boot.Passed ? StepStatus.Success : StepStatus.Failed));
        Tell(firmware, boot);
        var cases = boot.Passed ? await TestAsync(machine, disk, firmware, limits, report, cancel) : [];
        if (!boot.Passed || cases.Any(c => !c.Passed && !c.Skipped)) await new KeptDisk(run).KeepAsync(machine, firmware, cancel);
        return new BootTest(firmware, boot.Passed ? boot.Seconds : null, log, [boot, .. cases]);
    }

    private async Task<IReadOnlyList<TestCase>> TestAsync(
        VirtualMachine machine, DiskMade disk, string firmware, BootLimits limits, IReport report, CancellationToken cancel)
    {
        if (run.Plan.Test.Count == 0) return [];
        var settings = new AgentSettings(run.Settings.Repository, disk.Epoch, AgentSettings.SerialChunk, limits.Total);
        try
        {
            await using var session = await machine.SessionAsync(settings, run.Clock, cancel);
            var logs = Path.Combine(run.Folder, "logs", firmware);
            using var runner = new StepRunner(Stage, logs, report, run.Clock) { Listener = ToeLogs.Anew(run, logs) };
            var cases = await new TestPhase(runner).RunAsync(session, run.Plan.Test, test => Tell(firmware, test), cancel);
            // A disk that may be kept has what the machine still has in its memory.
            if (run.Wishes.OnError != OnError.Clean && !session.Lost) await session.RunAsync(run.Plan.Test[^1] with { Files = [] }, "sync", _ => { }, cancel);
            return cases;
        }
        catch (ProblemException e) when (e.Exit == ExitCode.BuildFailed && !cancel.IsCancellationRequested)
        {
            var lost = new TestCase("tests can be run", Passed: false, Skipped: false, 0, -1, string.Join('\n', e.Problems.Select(p => $"{p.What} {p.Why}")), "");
            Tell(firmware, lost);
            return [lost];
        }
    }

    private static async Task<TestCase> CaseAsync(BootEnd end, BootConsole console, VirtualMachine machine, CancellationToken cancel)
    {
        if (end.Why is null) return new TestCase(Boots, Passed: true, Skipped: false, end.Time.TotalSeconds, 0, "", "");
        var lines = console.LastLines(LinesShown);
        var words = machine.Gone.IsCompleted ? await machine.LastWordsAsync(cancel)
            : lines is [.., var last] && !end.Why.Contains(last, StringComparison.Ordinal) ? $"The console's last line: {last}" : "";
        return new TestCase(Boots, Passed: false, Skipped: false, end.Time.TotalSeconds, -1, $"{end.Why} {words}".Trim(), string.Join('\n', lines));
    }

    // What was tested is what will be exported only as long as it is the disk that was made.
    private static async Task<string> Sha256Async(string path, DiskMade disk, CancellationToken cancel)
    {
        if (await Verity.OfAsync(path, cancel) is var found && found != disk.Digest)
            throw new ProblemException(ExitCode.Integrity, new Problem("IB5502", $"The disk `{path}` is not the one that was made.",
                $"Its digest (fsverity) is {found}, and it was {disk.Digest} when the disk was finished.", "Run ./build.sh --target=Disk: it makes the disk again.",
                new Place(path)));
        return await FileDigest.OfAsync(path, _ => { }, cancel);
    }

    private string Console(string file)
    {
        using var stream = File.OpenRead(Path.Combine(run.Folder, file));
        stream.Position = Math.Max(0, stream.Length - ConsoleLimit);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private void Tell(string firmware, TestCase test)
    {
        lock (_lock) run.Report.Write(new TestFinished(firmware, test));
    }

    /// <summary>Marks what one of several machines reports with its firmware.</summary>
    private sealed class FirmwareReport(IReport report, string firmware) : IReport
    {
        public void Write(BuildEvent happened) => report.Write(happened switch
        {
            StepStarted e => e with { Id = Marked(e.Id) },
            StepFinished e => e with { Id = Marked(e.Id) },
            Progress e => e with { Id = Marked(e.Id) },
            _ => happened,
        });

        private string Marked(string id) => $"{firmware}: {id}";
    }
}
