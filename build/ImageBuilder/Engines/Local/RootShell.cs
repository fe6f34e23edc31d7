using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Engines.Local;

/// <summary>Opens the root that a plan's layers make, on a layer that is thrown away. Makes nothing: what is not in the cache is a problem.</summary>
internal sealed class RootShell(BuildRun run, Sandbox sandbox)
{
    /// <returns>Exit code of the shell, or of the commands.</returns>
    public async Task<int> RunAsync(ShellRequest request, CancellationToken cancel)
    {
        var chain = await sandbox.TakeAsync(request.Layer ?? SealStep.Of(run.Plan).Key, cancel) ?? throw Missing(request);
        var epoch = chain.Top!.Layer.Epoch; // a found chain has a top
        try
        {
            await using var session = sandbox.Open(chain, epoch);
            await session.PrepareAsync(request.Step ?? Nothing, request.Step?.Script.ToString() ?? "", cancel);
            return request.Commands is { } commands ? await session.RunAsync(commands, request.Output, request.Error, cancel) : await TalkAsync(session, request, cancel);
        }
        finally
        {
            await sandbox.Store.SweepAsync(CancellationToken.None);
        }
    }

    private async Task<int> TalkAsync(SandboxSession session, ShellRequest request, CancellationToken cancel)
    {
        List<string> lines = [$"The root of {run.Plan.Recipe} {request.What}. What you change is thrown away; `exit` ends it."];
        if (request.Step is not null) lines.Add("  The step's script is /run/imagebuilder/script, its files are in /run/imagebuilder/files.");
        using var turn = await run.Wishes.Dialogue.BeginAsync(lines, cancel);
        return await session.ShellAsync(run.Wishes.Dialogue.TerminalKind, cancel);
    }

    private PlannedStep Nothing => new()
    {
        Component = "",
        ComponentVersion = "",
        Phase = "",
        Name = "",
        Action = "",
        Script = Script.Of(""),
        At = new Place(run.Plan.RecipeFile),
    };

    private ProblemException Missing(ShellRequest request) => new(ExitCode.Usage, new Problem("IB4122",
        $"The root of `{run.Plan.Recipe}` {request.What} is not in the cache.", "Shell makes nothing: it opens what a build has left.",
        $"Run ./build.sh --target=Customize --recipe={run.Plan.Recipe}", new Place(run.Plan.RecipeFile)));
}
