using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>A chain of layers booted with its own systemd, on a layer that is thrown away: the session of validate steps.</summary>
public sealed class BootedContainer : IImageSession
{
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private const string Console = "console";

    private readonly LayerWork _work;
    private readonly IRunningProgram _program;
    private readonly AgentSession _session;
    private readonly Task _errors;

    private BootedContainer(LayerWork work, IRunningProgram program, AgentSession session, Task errors) =>
        (_work, _program, _session, _errors) = (work, program, session, errors);

    /// <summary>Boots and waits for the agent; null where this machine cannot boot a container.</summary>
    public static async Task<BootedContainer?> BootAsync(BuildRun run, Sandbox sandbox, LayerChain chain, CancellationToken cancel)
    {
        ControlGroup.Sweep();
        var work = sandbox.Store.Begin();
        try
        {
            if (ControlGroup.Place(Path.GetFileName(work.Folder)) is not { } group) return null;
            var lower = Sandbox.Prepare(work, chain);
            RootSkeleton.MakeRoot(work.Beside("root"), "devices");
            await WriteInputAsync(work.Beside("input"), cancel);
            var options = new NamespaceOptions(["--net"], ["bash", "-c", Text("cgroup.sh"), "cgroup", group]);
            string[] arguments = [lower, Text("root.sh"), Text("process1.sh"), Text("boot.sh")];
            var program = await sandbox.Space.StartAsync(Text("root.sh") + Text("container.sh"), arguments, work.Folder, options, cancel);
            return await GreetAsync(run, work, program, chain.Top!.Layer.Epoch, cancel); // a chain to boot has a top
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    public Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel) =>
        _session.RunAsync(step, script, line, cancel);

    public Task RebootAsync(CancellationToken cancel) => _session.RebootAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _program.Input.DisposeAsync();
        using (var patience = new CancellationTokenSource(s_patience))
        {
            try
            {
                await _program.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _program.Kill();
            }
        }

        await _errors;
        await _session.DisposeAsync();
        await _program.DisposeAsync();
        _work.Dispose();
    }

    private static async Task<BootedContainer> GreetAsync(
        BuildRun run, LayerWork work, IRunningProgram program, long epoch, CancellationToken cancel)
    {
        var errors = new OutputLines(_ => { });
        var draining = DrainAsync(program.Error, errors);
        var settings = new AgentSettings(run.Settings.Repository, epoch, AgentSettings.PipeChunk, s_bootLimit);
        using var timer = new CancellationTokenSource(s_bootLimit, run.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        try
        {
            var session = await AgentSession.ConnectAsync(program.Output, program.Input, settings, run.Clock, either.Token);
            return new BootedContainer(work, program, session, draining);
        }
        catch (Exception e) when (e is ProblemException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            await program.DisposeAsync();
            await draining;
            var console = Path.Combine(work.Folder, "input", Console);
            var last = File.Exists(console) ? File.ReadLines(console).TakeLast(10) : [];
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB4105", "The container for the validate steps did not boot.",
                string.Join('\n', last.Append(errors.Tail)).Trim(), "Run `./build.sh --target=Doctor`: it tries everything that a container needs."), e);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    private static async Task DrainAsync(Stream stream, OutputLines lines)
    {
        var buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, CancellationToken.None)) > 0) lines.Add(buffer.AsSpan(0, count));
        lines.End();
    }

    private static async Task WriteInputAsync(string folder, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "agent.sh"), AgentUnit.Script, cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, AgentUnit.Name),
            AgentUnit.Text("/run/imagebuilder/agent.sh", "/run/imagebuilder/to-agent", "/run/imagebuilder/from-agent"), cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, Console), "", cancel);
        RootSkeleton.MakeDevices(Path.Combine(folder, "dev"));
    }

    private static string Text(string name) => EmbeddedScript.Text("Engines/Local/" + name);
}
