using System.Globalization;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>Makes the layer of a parent image from packages.</summary>
public sealed class ParentLayer(BuildRun run, Sandbox sandbox)
{
    private const string Stage = "Base";
    private const string EpochLine = "epoch: ";
    private const string RepositoryLine = "repository: ";

    private const string StateLine = "state: ";

    private readonly ParentImage _parent = run.Plan.Parent;
    private readonly IDistribution _distribution = Catalog<IDistribution>.All.First(d => d.Name == run.Plan.Parent.Distribution);

    private Bootstrap Bootstrap => _distribution.Bootstrap(_parent.Release, run.Plan.Architecture, run.Settings.Mirror);

    /// <summary>Bootstraps and commits. Call it holding the key's lock.</summary>
    public async Task<LayerChain> MakeAsync(CancellationToken cancel)
    {
        var bootstrap = Bootstrap;
        StoreRoom.Require(run.Settings.Cache, bootstrap.Bytes);
        var started = run.Clock.GetTimestamp();
        using var log = new StepLog(Path.Combine(run.Folder, "logs", "000-parent.log"));
        await using var session = sandbox.Open(LayerChain.Empty, epoch: 0);
        var (epoch, repositories) = await InstallAsync(bootstrap, session.Work, log, cancel);
        var packages = await FinishAsync(bootstrap.Finish + "\n" + PackageList.Script(_distribution), session.WithEpoch(epoch), log, cancel);
        var made = new NewLayer(_parent.Key, _parent.Reference, epoch, run.Clock.GetElapsedTime(started).TotalSeconds)
        {
            Outputs = [new Dictionary<string, string>(packages) { [PackageList.Repositories] = repositories }],
        };
        return await sandbox.Store.CommitAsync(session.Work, LayerChain.Empty, made, cancel);
    }

    /// <summary>Asks the package repositories whether they are as they were when the layer was made from them.</summary>
    public async Task<bool> IsCurrentAsync(Layer layer, CancellationToken cancel)
    {
        run.Report.Write(new Progress(Stage, _parent.Reference, "asking the package repositories"));
        using var log = new StepLog(Path.Combine(run.Folder, "logs", "000-repositories.log"));
        using var work = sandbox.Store.Begin();
        var folder = work.Beside("install");
        var sources = Path.Combine(folder, "sources.list");
        var bootstrap = Bootstrap;
        await File.WriteAllTextAsync(sources, bootstrap.Sources, cancel);
        var script = $"export SOURCES={ShellText.Quote(sources)}\n{bootstrap.State}";
        var result = await sandbox.Space.RunAsync(script, [], folder, log.Write, cancel);
        if (!result.Succeeded) throw Failed(result.ExitCode, result.Output + result.Error, log);
        var now = result.Output.Split('\n').Where(l => l.StartsWith(StateLine, StringComparison.Ordinal)).Select(l => l[StateLine.Length..]);
        return PackageList.RepositoriesOf(layer).Select(r => r.InRelease).ToHashSet().SetEquals(now);
    }

    private async Task<(long Epoch, string Repositories)> InstallAsync(Bootstrap bootstrap, LayerWork work, StepLog log, CancellationToken cancel)
    {
        var sources = Path.Combine(work.Beside("install"), "sources.list");
        await File.WriteAllTextAsync(sources, bootstrap.Sources, cancel);
        var downloads = Path.Combine("packages", $"{_parent.Distribution}-{_parent.Release}-{run.Plan.Architecture}");
        using var use = await sandbox.Store.UseFolderAsync(downloads, cancel);
        var environment = new List<string>
        {
            $"SOURCES={sources}",
            $"RELEASE={_parent.Release}",
            $"PACKAGES={string.Join(',', _parent.Packages)}",
            $"DOWNLOADS={sandbox.Store.Folder(downloads)}",
        };
        // What a lock asks for is the date that the repositories had then: with the same packages the same bytes come of it.
        var asked = run.Plan.SourceDateEpoch ?? run.Plan.Lock?.Parent.Epoch;
        if (asked is { } given) environment.Add(string.Create(CultureInfo.InvariantCulture, $"SOURCE_DATE_EPOCH={given}"));
        var newest = 0L;
        var repositories = new SortedSet<string>(StringComparer.Ordinal);
        var output = new StringBuilder();
        var arguments = (List<string>)[UserNamespace.Supervisor, bootstrap.Install, $"{InMemory(bootstrap)}", EmbeddedScript.Text("Engines/Local/copy.sh"), .. environment];
        await using var program = await sandbox.Space.StartAsync(EmbeddedScript.Text("Engines/Local/parent.sh"), arguments, work.Folder, cancel);
        var end = await new SupervisedRun(program, run.Clock).WaitAsync(Line, Line, null, cancel);
        if (end.ExitCode != 0) throw Failed(end.ExitCode, output.ToString(), log);
        return (asked ?? newest, string.Join('\n', repositories));

        void Line(string text)
        {
            log.Write(text);
            lock (output)
                if (output.Length < 1_000_000) output.Append(text).Append('\n');
            if (text.StartsWith(EpochLine, StringComparison.Ordinal)) newest = long.Parse(text[EpochLine.Length..], CultureInfo.InvariantCulture);
            else if (text.StartsWith(RepositoryLine, StringComparison.Ordinal)) repositories.Add(text[RepositoryLine.Length..]);
            else run.Report.Write(new Progress(Stage, _parent.Reference, text));
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> FinishAsync(string script, SandboxSession session, StepLog log, CancellationToken cancel)
    {
        var step = new PlannedStep
        {
            Component = "parent",
            ComponentVersion = "",
            Phase = "base",
            Name = "finish",
            Action = "",
            Script = Script.Of(script),
            At = new Place(run.Plan.RecipeFile),
        };
        run.Report.Write(new Progress(Stage, _parent.Reference, "finishing"));
        var end = await session.RunAsync(step, script, log.Write, cancel);
        if (end.ExitCode != 0) throw Unfinished(end, log);
        return end.Outputs[0]; // the list of packages, at least
    }

    // As much again for what is being installed, and as much for everybody else.
    private long InMemory(Bootstrap bootstrap)
    {
        var free = FreeMemory.Bytes();
        if (free > 3 * bootstrap.Bytes) return bootstrap.Bytes;
        run.Report.Write(new Noted($"{free >> 20} MiB of memory are free: `{_parent.Reference}` is made on disk, which takes longer than in memory."));
        return 0;
    }

    private ProblemException Failed(int exitCode, string output, StepLog log)
    {
        if (StoreRoom.RanOut(run.Settings.Cache, output)) return StoreRoom.Full(run.Settings.Cache, null, null);
        if (_distribution.Explain(_parent.Release, output) is { } known) return new ProblemException(ExitCode.BuildFailed, known);
        return new ProblemException(ExitCode.BuildFailed, new Problem("IB4006", $"The parent image `{_parent.Reference}` could not be made.",
            string.Join('\n', log.Tail.Prepend($"The bootstrap ended with exit code {exitCode}.")), $"Read the log {log.Path}."));
    }

    private ProblemException Unfinished(ScriptRun end, StepLog log) => new(ExitCode.BuildFailed, new Problem("IB4007",
        $"The parent image `{_parent.Reference}` could not be finished.", string.Join('\n', log.Tail.Prepend($"Its last script ended with exit code {end.ExitCode}.")),
        $"Read the log {log.Path}."));
}
