using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>A chain of layers booted with its own systemd, on a layer that is thrown away: the session of validate steps.</summary>
public sealed class BootedContainer : IImageSession
{
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private const string Console = "console";
    private const string EndLine = "exit ";

    // The terminal is descriptor 6: see terminal.sh.
    private const string EnterShell = """cd / && "$@" <&6 >&6 2>&6 6>&-; echo "exit $?" >&2""";

    private readonly BuildRun _run;
    private readonly LayerWork _work;
    private readonly long _epoch;
    private readonly IRunningProgram _program;
    private readonly AgentSession _session;
    private readonly Task _errors;
    private bool _ended;

    private BootedContainer(BuildRun run, LayerWork work, long epoch, IRunningProgram program, AgentSession session, Task errors) =>
        (_run, _work, _epoch, _program, _session, _errors) = (run, work, epoch, program, session, errors);

    /// <summary>The layer that it writes to.</summary>
    public LayerWork Work => _work;

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

    public Task RebootAsync(Action<string> line, CancellationToken cancel) => _session.RebootAsync(line, cancel);

    /// <summary>Puts a step's script and files at /run/imagebuilder, for a shell.</summary>
    public async Task PrepareAsync(PlannedStep step, string script, CancellationToken cancel)
    {
        var input = Path.Combine(_work.Folder, "input");
        var files = Path.Combine(input, "files");
        if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
        foreach (var folder in (string[])[files, Path.Combine(input, "outputs")]) RootSkeleton.MakeFolder(folder);
        await new StepInput(_run, _epoch).WriteAsync(input, step, script, cancel);
    }

    /// <summary>Opens a shell for the person at the terminal, as root. It ends with the container.</summary>
    /// <returns>The shell's exit code.</returns>
    public async Task<int> ShellAsync(string terminalKind, CancellationToken cancel)
    {
        var init = NestedProcess.Of(_program.Id, depth: 3) ?? throw Gone();
        IReadOnlyList<string> command =
        [
            .. NamespaceOptions.Terminal.Within, "nsenter", "--target", init.ToString(CultureInfo.InvariantCulture), "--user", "--mount", "--pid", "--net",
            "--ipc", "--uts", "--cgroup", "--setuid", "0", "--setgid", "0", "/usr/bin/env", "-i", .. RootEnvironment.Of(_epoch), "container=imagebuilder",
            $"TERM={terminalKind}", "/bin/bash", "-c", EnterShell, "shell", .. StepInput.Shell,
        ];
        await using var program = _run.Programs.Start(new Command(command[0], [.. command.Skip(1)]));
        using var ending = cancel.Register(program.Kill);
        var said = await new StreamReader(program.Error).ReadToEndAsync(CancellationToken.None);
        await program.WaitAsync(CancellationToken.None);
        cancel.ThrowIfCancellationRequested();
        var end = said.Split('\n').FirstOrDefault(l => l.StartsWith(EndLine, StringComparison.Ordinal));
        return end is null ? throw Gone() : int.Parse(end[EndLine.Length..], CultureInfo.InvariantCulture);
    }

    private static ProblemException Gone() => new(ExitCode.BuildFailed, new Problem("IB4124", "The container went away while a shell was open in it.",
        "Its process 1 has ended, or somebody killed the shell.", "Run the same command again."));

    /// <summary>Ends the container; what it wrote stays until the work folder goes.</summary>
    public async Task EndAsync()
    {
        if (_ended) return;
        _ended = true;
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
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
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
            return new BootedContainer(run, work, epoch, program, session, draining);
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
