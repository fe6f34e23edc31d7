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

    /// <param name="chain">The image after all build steps.</param>
    public async Task<IReadOnlyList<StepDone>> RunAsync(LayerChain chain, CancellationToken cancel)
    {
        if (run.Plan.Validate.Count == 0) return [];
        var layer = chain.Top!.Layer.Id; // the parent image at least
        var remembered = Path.Combine(sandbox.Store.Folder(Folder), Key(run.Plan, layer));
        if (Succeeded(run, sandbox.Store, layer)) return [.. run.Plan.Validate.Zip(await RememberedAsync(remembered, cancel), Reused)];
        await using var session = await BootAsync(run, sandbox, chain, cancel);
        var outcomes = new List<StepOutcome>();
        foreach (var step in run.Plan.Validate)
        {
            outcomes.Add(await runner.RunAsync(session, step, run.Plan.Build.Count + outcomes.Count + 1, book, cancel));
            if (outcomes[^1].Failed && step.OnFailure == OnFailure.Abort) break;
        }

        if (outcomes.Exists(o => o.Failed)) throw Customization.Failure(outcomes.Where(o => o.Failed));
        var lines = outcomes.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.ExitCode} {o.Status}\n"));
        await AtomicFile.WriteAsync(remembered, Encoding.UTF8.GetBytes(string.Concat(lines.Prepend(layer + "\n"))), cancel);
        return [.. outcomes.Select(o => Customization.Done(run, o))];
    }

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
