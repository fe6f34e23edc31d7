using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Runs a plan's validate steps, all in one booted container on a layer that is thrown away, or in a virtual machine where this machine cannot
/// boot a container. That they succeeded is remembered for these very layers and scripts, so that an unchanged image is not booted again.
/// </summary>
public sealed class Validation(BuildRun run, Sandbox sandbox, StepRunner runner, OutputBook book)
{
    // Of the cache; a file for each success.
    private const string Folder = "validated";

    private readonly StepVisit _visit = new(run);
    private readonly HashSet<string> _visited = [];

    /// <param name="chain">The image after all build steps.</param>
    /// <param name="again">Also when it is known that they succeed.</param>
    public async Task<IReadOnlyList<StepDone>> RunAsync(LayerChain chain, bool again, CancellationToken cancel)
    {
        if (run.Plan.Validate.Count == 0) return [];
        var layer = chain.Top!.Layer.Id; // the parent image at least
        var remembered = Path.Combine(sandbox.Store.Folder(Folder), Key(run.Plan, layer));
        if (!again && Succeeded(run, sandbox.Store, layer)) return [.. run.Plan.Validate.Zip(await RememberedAsync(remembered, cancel), Reused)];
        while (true)
        {
            await using var session = await BootAsync(run, sandbox, chain, cancel);
            if (await AttemptAsync(session, chain, cancel) is not { } outcomes) continue;
            var lines = outcomes.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.ExitCode} {o.Status}\n"));
            await AtomicFile.WriteAsync(remembered, Encoding.UTF8.GetBytes(string.Concat(lines.Prepend(layer + "\n"))), cancel);
            return [.. outcomes.Select(o => Customization.Done(run, o))];
        }
    }

    // Null when somebody was let in: what steps find then says nothing about the image, so that all of them run again in a fresh system.
    private async Task<IReadOnlyList<StepOutcome>?> AttemptAsync(IImageSession session, LayerChain chain, CancellationToken cancel)
    {
        var outcomes = new List<StepOutcome>();
        foreach (var step in run.Plan.Validate)
        {
            if (_visit.StopsBefore(step) && _visited.Add(step.Id))
            {
                await _visit.BeforeAsync(step, await ShellAsync(session, step, cancel) ?? throw NoShell(step), cancel);
                return null;
            }

            outcomes.Add(await runner.RunAsync(session, step, run.Plan.Build.Count + outcomes.Count + 1, book, cancel));
            if (!outcomes[^1].Failed) continue;
            if (run.Wishes.OnError == OnError.Shell && await LetInAsync(session, outcomes[^1], cancel)) return null;
            if (step.OnFailure == OnFailure.Abort) break;
        }

        if (outcomes.FindLast(o => o.Failed) is not { } failed) return outcomes;
        if (run.Wishes.OnError == OnError.Keep) await KeepAsync(session, chain, failed.Step, cancel);
        throw Customization.Failure(outcomes.Where(o => o.Failed));
    }

    private async Task<bool> LetInAsync(IImageSession session, StepOutcome failed, CancellationToken cancel)
    {
        if (await ShellAsync(session, failed.Step, cancel) is { } shell) return await _visit.AgainAsync(failed, shell, cancel);
        foreach (var problem in NoShell(failed.Step).Problems) run.Report.Write(new ProblemFound(problem with { Severity = Severity.Warning }));
        return false;
    }

    // Null where the system is a virtual machine: there is no terminal in it.
    private static async Task<Func<string, CancellationToken, Task<int>>?> ShellAsync(IImageSession session, PlannedStep step, CancellationToken cancel)
    {
        if (session is not BootedContainer container) return null;
        await container.PrepareAsync(step, step.Script.ToString(), cancel);
        return container.ShellAsync;
    }

    private async Task KeepAsync(IImageSession session, LayerChain chain, PlannedStep step, CancellationToken cancel)
    {
        if (session is not BootedContainer container)
        {
            run.Report.Write(new Noted("Validate steps ran in a virtual machine, of which nothing is kept. The root before them: "
                + $"./build.sh --target=Shell --recipe={run.Plan.Recipe}"));
            return;
        }

        await container.PrepareAsync(step, step.Script.ToString(), cancel);
        await container.EndAsync();
        var epoch = chain.Top!.Layer.Epoch; // a chain that was booted has a top
        foreach (var line in await KeptRoot.KeepAsync(sandbox, chain, [container.Work], run.Plan.Recipe, epoch, cancel)) run.Report.Write(new Noted(line));
    }

    private static ProblemException NoShell(PlannedStep step) => new(ExitCode.Prerequisites, new Problem("IB4123",
        $"No shell can be opened at the step `{step.Id}`.", "Validate steps run in a virtual machine here, because no control group can be had for a container.",
        "Give the build one: `systemd-run --user --scope -p Delegate=yes ./build.sh …`, or look at the root before them with --target=Shell.", step.At));

    /// <summary>Boots the chain on a layer that is thrown away.</summary>
    internal static async Task<IImageSession> BootAsync(BuildRun run, Sandbox sandbox, LayerChain chain, CancellationToken cancel)
    {
        if (await BootedContainer.BootAsync(run, sandbox, chain, cancel) is { } container) return container;
        run.Report.Write(new Noted("No control group can be had for a container: the validate steps run in a virtual machine, which boots more slowly."));
        return await BootedMachine.BootAsync(run, sandbox, chain, cancel) ?? throw NothingToBootIn(run);
    }

    /// <summary>True when the plan's validate steps have succeeded on this layer.</summary>
    public static bool Succeeded(BuildRun run, LayerStore store, string layer) => store.HasFile(Path.Combine(Folder, Key(run.Plan, layer)));

    // By an id and not by a key: a layer that was made again is to be looked at again.
    private static string Key(Plan plan, string layer) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0',
        (IEnumerable<string>)["validated 3", layer, .. plan.Validate.SelectMany(s => s.Content)]))));

    // A step that was skipped, or whose failure was ignored, is still called so. The first line is the layer's id.
    private static async Task<IEnumerable<(int ExitCode, string Status)>> RememberedAsync(string file, CancellationToken cancel) =>
        (await File.ReadAllLinesAsync(file, cancel)).Skip(1).Select(line => line.Split(' ')).Select(words => (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]));

    private StepDone Reused(PlannedStep step, (int ExitCode, string Status) before)
    {
        runner.Reuse(step, before.Status, before.ExitCode, []);
        return new StepDone(step.Id, before.Status, Reused: true, 0, before.ExitCode, "");
    }

    private static ProblemException NothingToBootIn(BuildRun run) => new(ExitCode.Prerequisites, new Problem("IB4106",
        $"The validate steps of `{run.Plan.Recipe}` need a booted system, which this machine cannot give.",
        "There is no qemu-system-x86_64 for a virtual machine, and no control group (v2) can be had for a container.",
        "Run `./build.sh --target=Doctor`: it names the package.", run.Plan.Validate.Concat(run.Plan.Test).First().At));
}
