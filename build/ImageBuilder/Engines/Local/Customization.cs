using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>Runs a plan's build steps, a layer each, lets the validate steps look at the result, and seals it.</summary>
public sealed class Customization(BuildRun run, Sandbox sandbox) : IAsyncDisposable
{
    private const string Stage = "Customize";

    private readonly LayerMaking _making = new(run, sandbox);
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
        var chain = await sandbox.TakeAsync(seal.Key, cancel) is { } made ? Reused(made.Below) : await BuildAsync(cancel);
        _done.AddRange(await new Validation(run, sandbox, _runner, _book).RunAsync(chain, cancel));
        var last = run.Plan.Build.Count + run.Plan.Validate.Count + 1;
        var (whole, reused) = await _making.FindOrMakeAsync(Stage, seal.Id, seal.Key, () => StepAsync(chain, seal, last, cancel), cancel);
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
        await new Validation(run, sandbox, _runner, _book).RunAsync(chain, cancel);
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
            else (chain, reused) = await _making.FindOrMakeAsync(Stage, step.Id, step.Key, () => StepAsync(below, step, number, cancel), cancel);
            if (reused) Take(step, chain.Top!.Layer); // a found chain has a top
        }

        if (_failed.Count > 0) throw Failure();
        return chain;
    }

    private async Task<(LayerChain Chain, int Next)> HighestAsync(CancellationToken cancel)
    {
        for (var next = run.Plan.Build.Count; next > 0; next--)
            if (await sandbox.TakeAsync(run.Plan.Build[next - 1].Key, cancel) is { } chain) return (chain, next);
        return ((await _making.ParentAsync(cancel)).Chain, 0);
    }

    private async Task<LayerChain> StepAsync(LayerChain below, PlannedStep step, int number, CancellationToken cancel)
    {
        var layer = below.Top!.Layer; // the parent image at least
        var session = sandbox.Open(below, layer.Epoch);
        _unkept.Add(session);
        var outcome = await _runner.RunAsync(session, step, number, _book, cancel);
        _done.Add(Done(run, outcome));
        if (outcome.Failed)
        {
            if (StoreRoom.RanOut(run.Settings.Cache, string.Join('\n', outcome.Tail))) throw StoreRoom.Full(run.Settings.Cache, null, null);
            _failed.Add(outcome);
            if (step.OnFailure == OnFailure.Abort) throw Failure();
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
        _unkept.Remove(session);
        await session.DisposeAsync();
        return chain;
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

    private ProblemException Failure() => Failure(_failed);

    internal static StepDone Done(BuildRun run, StepOutcome outcome) =>
        new(outcome.Step.Id, outcome.Status, Reused: false, outcome.Seconds, outcome.ExitCode, Path.GetRelativePath(run.Folder, outcome.Log));

    internal static ProblemException Failure(IEnumerable<StepOutcome> failed) => new(ExitCode.BuildFailed, [.. failed.Select(StepRunner.Describe)]);
}
