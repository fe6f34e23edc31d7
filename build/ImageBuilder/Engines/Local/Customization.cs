using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>Runs a plan's build steps, a layer each, lets the validate steps look at the result, and seals it.</summary>
public sealed class Customization(BuildRun run, Sandbox sandbox) : IAsyncDisposable
{
    private const string Stage = "Customize";

    private readonly LayerMaking _making = new(run, sandbox);
    private readonly Remaking _remaking = new(run);
    private readonly StepVisit _visit = new(run);
    private readonly StepRunner _runner = new(Stage, Path.Combine(run.Folder, "logs"), run.Report, run.Clock)
    {
        Listener = ToeLogs.Anew(run, Path.Combine(run.Folder, "logs")),
    };

    private readonly OutputBook _book = new();
    private readonly List<StepDone> _done = [];
    private readonly List<StepOutcome> _failed = [];
    private readonly List<SandboxSession> _unkept = [];

    public async Task<Customized> RunAsync(CancellationToken cancel)
    {
        var seal = SealStep.Of(run.Plan);
        var chain = await TakeAsync(seal.Key, cancel) is { } made ? Reused(made.Below) : await BuildAsync(cancel);
        _done.AddRange(await new Validation(run, sandbox, _runner, _book).RunAsync(chain, _remaking.Validates, cancel));
        var last = run.Plan.Build.Count + run.Plan.Validate.Count + 1;
        var (whole, reused) = await _making.FindOrMakeAsync(
            Stage, seal.Id, seal.Key, _remaking.Allows, () => StepAsync(chain, seal, last, cancel), cancel);
        if (reused) Take(seal, whole.Top!.Layer); // a found chain has a top
        await sandbox.Store.SettleAsync(whole, cancel);
        return new Customized(run.Plan.Stages.Customize, seal.Key, whole.Top!.Layer.Epoch, _done, PackageList.Of(whole))
        {
            Layer = whole.Top.Layer.Id,
            Downloads = DownloadList.Of(run.Plan, whole),
        };
    }

    /// <summary>As far as other recipes start from it: built and validated, not sealed.</summary>
    public async Task<LayerChain> ToValidatedAsync(CancellationToken cancel)
    {
        var chain = await BuildAsync(cancel);
        await new Validation(run, sandbox, _runner, _book).RunAsync(chain, _remaking.Validates, cancel);
        await sandbox.Store.SettleAsync(chain, cancel);
        return chain;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _unkept) await session.DisposeAsync();
        _runner.Dispose();
        await sandbox.Store.SweepAsync(CancellationToken.None);
    }

    // All build steps, from the highest layer that is there.
    private async Task<LayerChain> BuildAsync(CancellationToken cancel)
    {
        var steps = run.Plan.Build;
        var (chain, next) = await HighestAsync(cancel);
        Reused(chain);
        for (; next < steps.Count; next++)
        {
            var step = steps[next];
            var (below, number, reused) = (chain, next + 1, false);
            if (_unkept.Count > 0) chain = await StepAsync(below, step, number, cancel);
            else (chain, reused) = await _making.FindOrMakeAsync(
                Stage, step.Id, step.Key, _remaking.Allows, () => StepAsync(below, step, number, cancel), cancel);
            if (reused) Take(step, chain.Top!.Layer); // a found chain has a top
        }

        if (_failed.Count > 0) throw await FailureAsync(chain, cancel);
        return chain;
    }

    private async Task<(LayerChain Chain, int Next)> HighestAsync(CancellationToken cancel)
    {
        for (var next = run.Plan.Build.Count; next > 0; next--)
            if (await TakeAsync(run.Plan.Build[next - 1].Key, cancel) is { } chain) return (chain, next);
        return ((await _making.ParentAsync(cancel)).Chain, 0);
    }

    // A look comes first: to take a chain means to check its files.
    private async Task<LayerChain?> TakeAsync(string key, CancellationToken cancel) =>
        sandbox.Store.Find(key) is { } found && !_remaking.Allows(found) ? null : await sandbox.TakeAsync(key, cancel);

    private async Task<LayerChain> StepAsync(LayerChain below, PlannedStep step, int number, CancellationToken cancel)
    {
        var epoch = below.Top!.Layer.Epoch; // the parent image at least
        if (_visit.StopsBefore(step)) await StopAsync(below, step, epoch, cancel);
        while (true)
        {
            var session = sandbox.Open(below, epoch);
            _unkept.Add(session);
            var outcome = await _runner.RunAsync(session, step, number, _book, cancel);
            if (outcome.Failed)
            {
                if (StoreRoom.RanOut(run.Settings.Cache, string.Join('\n', outcome.Tail))) throw StoreRoom.Full(run.Settings.Cache, null, null);
                if (await _visit.AgainAsync(outcome, session.ShellAsync, cancel))
                {
                    await DropAsync(session);
                    continue;
                }
            }

            return await EndAsync(session, below, outcome, cancel);
        }
    }

    private async Task StopAsync(LayerChain below, PlannedStep step, long epoch, CancellationToken cancel)
    {
        await using var session = sandbox.Open(below, epoch);
        await session.PrepareAsync(step, step.Script.ToString(), cancel);
        await _visit.BeforeAsync(step, session.ShellAsync, cancel);
    }

    private async Task<LayerChain> EndAsync(SandboxSession session, LayerChain below, StepOutcome outcome, CancellationToken cancel)
    {
        var (step, layer) = (outcome.Step, below.Top!.Layer); // the parent image at least
        _done.Add(Done(run, outcome));
        if (outcome.Failed)
        {
            _failed.Add(outcome);
            if (step.OnFailure == OnFailure.Abort) throw await FailureAsync(below, cancel);
        }

        // After a step that failed and lets the build go on, no layer has the content that its key stands for.
        if (_failed.Count > 0) return below.With(session.Work.Unkept(layer));
        var made = new NewLayer(step.Key, step.Id, layer.Epoch, outcome.Seconds)
        {
            Status = outcome.Status,
            ExitCode = outcome.ExitCode,
            Outputs = outcome.Outputs,
        };
        var chain = await sandbox.Store.CommitAsync(session.Work, below, made, cancel);
        await DropAsync(session);
        return chain;
    }

    private async Task DropAsync(SandboxSession session)
    {
        _unkept.Remove(session);
        await session.DisposeAsync();
    }

    private void Take(PlannedStep step, Layer layer)
    {
        _runner.Reuse(step, layer.Status, layer.ExitCode, layer.Outputs);
        _book.Add(step, layer.Outputs);
        _done.Add(new StepDone(step.Id, layer.Status, Reused: true, 0, layer.ExitCode, ""));
    }

    private LayerChain Reused(LayerChain chain)
    {
        foreach (var (step, layer) in run.Plan.Build.Zip(chain.Layers.Skip(run.Plan.Parent.Layers))) Take(step, layer.Layer);
        return chain;
    }

    /// <param name="chain">With layers of this build alone, that no key leads to.</param>
    private async Task<ProblemException> FailureAsync(LayerChain chain, CancellationToken cancel)
    {
        if (run.Wishes.OnError != OnError.Keep) return Failure(_failed);
        var (top, step) = (_unkept[^1], _failed[^1].Step);
        // What its script was filled in with is nobody's business afterwards.
        if (step.Secrets.Count > 0) await top.PrepareAsync(step, step.Script.ToString(), cancel);
        var kept = new LayerChain([.. chain.Layers.Where(l => l.Layer.Key.Length > 0)]);
        var epoch = chain.Top!.Layer.Epoch; // the parent image at least
        foreach (var line in await KeptRoot.KeepAsync(sandbox, kept, [.. _unkept.Select(s => s.Work)], run.Plan.Recipe, epoch, cancel))
            run.Report.Write(new Noted(line));
        return Failure(_failed);
    }

    internal static StepDone Done(BuildRun run, StepOutcome outcome) =>
        new(outcome.Step.Id, outcome.Status, Reused: false, outcome.Seconds, outcome.ExitCode, Path.GetRelativePath(run.Folder, outcome.Log));

    internal static ProblemException Failure(IEnumerable<StepOutcome> failed) => new(ExitCode.BuildFailed, [.. failed.Select(StepRunner.Describe)]);
}
