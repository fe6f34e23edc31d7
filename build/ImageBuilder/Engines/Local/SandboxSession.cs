using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Runs scripts in a sandbox on one new layer. Each run has fresh processes, /run and /dev; what earlier runs wrote to the layer is there.
/// </summary>
public sealed class SandboxSession : IImageSession
{
    private static readonly string s_shell = EmbeddedScript.Text("Engines/Local/shell.sh");

    private static readonly string s_script = EmbeddedScript.Text("Engines/Local/root.sh") + EmbeddedScript.Text("Engines/Local/sandbox.sh");

    private readonly BuildRun _run;
    private readonly UserNamespace _space;
    private readonly string _lower;
    private readonly long _epoch;

    internal SandboxSession(BuildRun run, UserNamespace space, LayerWork work, string lower, long epoch) =>
        (_run, _space, Work, _lower, _epoch) = (run, space, work, lower, epoch);

    /// <summary>The layer being made.</summary>
    public LayerWork Work { get; }

    /// <summary>The same session for scripts with another SOURCE_DATE_EPOCH.</summary>
    internal SandboxSession WithEpoch(long epoch) => new(_run, _space, Work, _lower, epoch);

    public async Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
    {
        await PrepareAsync(step, script, cancel);
        var started = _run.Clock.GetTimestamp();
        IReadOnlyList<string> words = ["merged", "/image/run/imagebuilder/outputs", .. Inside(["/bin/bash", "/run/imagebuilder/script"])];
        await using var program = await StartAsync(UserNamespace.Supervisor, words, NamespaceOptions.None, cancel);
        var tail = new Tail(line);
        TimeSpan? limit = step.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(step.TimeoutSeconds) : null;
        var end = await new SupervisedRun(program, _run.Clock).WaitAsync(tail.Add, tail.Add, limit, cancel);
        if (!end.Reported && !end.TimedOut)
            throw StoreRoom.RanOut(_run.Settings.Cache, end.Errors) ? StoreRoom.Full(_run.Settings.Cache, null, null) : Broken(step, end.Errors);
        if (end.Left.Count > 0) line($"imagebuilder: the step left {end.Left.Count} running, which is ended with it: {string.Join(", ", end.Left.Distinct())}");
        return new ScriptRun(end.ExitCode, end.TimedOut, _run.Clock.GetElapsedTime(started), StepOutputs.Of(end.Values), tail.Text);
    }

    /// <summary>Runs commands that belong to no step, with what <see cref="PrepareAsync"/> put there.</summary>
    /// <param name="output">Gets what they write, byte by byte.</param>
    /// <param name="error">Gets each line of standard error.</param>
    /// <returns>Their exit code.</returns>
    public async Task<int> RunAsync(string commands, Stream output, Action<string> error, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(InputFolder, "commands"), commands, cancel);
        IReadOnlyList<string> words = ["apart", "", .. Inside(["/bin/bash", "/run/imagebuilder/commands"])];
        await using var program = await StartAsync(UserNamespace.Supervisor, words, NamespaceOptions.None, cancel);
        var end = await new SupervisedRun(program, _run.Clock).WaitAsync(output, error, cancel);
        return end.Reported ? end.ExitCode : throw Broken(end.Errors);
    }

    /// <summary>Opens a shell for the person at the terminal, as root, with what <see cref="PrepareAsync"/> put there. It ends with this program.</summary>
    /// <returns>The shell's exit code.</returns>
    public async Task<int> ShellAsync(string terminalKind, CancellationToken cancel)
    {
        var command = Inside(StepInput.Shell, $"TERM={terminalKind}");
        await using var program = await StartAsync(s_shell, command, NamespaceOptions.Terminal, cancel);
        var end = await new SupervisedRun(program, _run.Clock).WaitAsync(_ => { }, _ => { }, null, cancel);
        return end.Reported ? end.ExitCode : throw Broken(end.Errors);
    }

    /// <summary>Nothing to restart: the next run has fresh processes anyway.</summary>
    public Task RebootAsync(Action<string> line, CancellationToken cancel) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Work.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Puts the step's script and files into the root, for the next run or shell.</summary>
    public async Task PrepareAsync(PlannedStep step, string script, CancellationToken cancel)
    {
        var input = InputFolder;
        // Not deleted: what an earlier attempt left in its /dev may belong to ids that only exist inside.
        if (Directory.Exists(input)) Directory.Move(input, Path.Combine(Work.Folder, $"used.{Guid.NewGuid():N}"));
        foreach (var name in (string[])["", "outputs", "files", "resolve"]) RootSkeleton.MakeFolder(Path.Combine(input, name));
        RootSkeleton.MakeDevices(Path.Combine(input, "dev"));
        var resolver = File.Exists("/etc/resolv.conf") ? await File.ReadAllTextAsync("/etc/resolv.conf", cancel) : "";
        foreach (var name in (string[])["resolv.conf", "stub-resolv.conf"]) RootSkeleton.WriteFile(Path.Combine(input, "resolve", name), resolver);
        await new StepInput(_run, _epoch).WriteAsync(input, step, script, cancel);
    }

    private string InputFolder => Path.Combine(Work.Folder, "input");

    private Task<IRunningProgram> StartAsync(string process1, IReadOnlyList<string> words, NamespaceOptions options, CancellationToken cancel) =>
        _space.StartAsync(s_script, [process1, _lower, .. words], Work.Folder, options, cancel);

    private IReadOnlyList<string> Inside(IReadOnlyList<string> command, params IReadOnlyList<string> more) =>
        ["chroot", "/image", "/usr/bin/env", "-i", .. RootEnvironment.Of(_epoch), .. more, .. command];

    private static ProblemException Broken(PlannedStep step, string why) => new(ExitCode.BuildFailed, new Problem("IB4104",
        $"The sandbox of the step `{step.Id}` ended before its script did.", why.Length > 0 ? why : "It left no message; something killed it.",
        "Run `./build.sh --target=Doctor`: it tries everything that the sandbox needs.", step.At));

    private static ProblemException Broken(string why) => new(ExitCode.BuildFailed, new Problem("IB4120", "The shell could not be opened, or was killed.",
        why.Length > 0 ? why : "It left no message.", "Run `./build.sh --target=Doctor`: it tries everything that the sandbox needs."));

    private sealed class Tail(Action<string> line)
    {
        private const int Lines = 10;

        private readonly Lock _gate = new();
        private readonly Queue<string> _last = new();

        public string Text => string.Join('\n', _last);

        public void Add(string text)
        {
            lock (_gate)
            {
                _last.Enqueue(text);
                if (_last.Count > Lines) _last.Dequeue();
                line(text);
            }
        }
    }
}
