using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Runs scripts in a sandbox on one new layer. Each run has fresh processes, /run and /dev; what earlier runs wrote to the layer is there.
/// </summary>
public sealed class SandboxSession : IImageSession
{
    private static readonly string[] s_proxies = ["http_proxy", "https_proxy", "no_proxy"];

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
        await using var program = await _space.StartAsync(
            s_script, [UserNamespace.Supervisor, _lower, .. Environment()], Work.Folder, cancel);
        var tail = new Tail(line);
        TimeSpan? limit = step.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(step.TimeoutSeconds) : null;
        var end = await new SupervisedRun(program, _run.Clock).WaitAsync(tail.Add, tail.Add, limit, cancel);
        if (!end.Reported && !end.TimedOut) throw Broken(step, end.Errors);
        if (end.Left.Count > 0) line($"imagebuilder: the step left {end.Left.Count} running, which is ended with it: {string.Join(", ", end.Left.Distinct())}");
        return new ScriptRun(end.ExitCode, end.TimedOut, _run.Clock.GetElapsedTime(started), StepOutputs.Of(end.Values), tail.Text);
    }

    /// <summary>Nothing to restart: the next run has fresh processes anyway.</summary>
    public Task RebootAsync(CancellationToken cancel) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Work.Dispose();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<string> Environment() =>
    [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root",
        "LC_ALL=C.UTF-8",
        "DEBIAN_FRONTEND=noninteractive",
        string.Create(CultureInfo.InvariantCulture, $"SOURCE_DATE_EPOCH={_epoch}"),
        "IMAGEBUILDER_FILES=/run/imagebuilder/files",
        "IMAGEBUILDER_OUTPUTS=/run/imagebuilder/outputs",
        .. s_proxies.Select(name => (name, value: System.Environment.GetEnvironmentVariable(name)))
            .Where(p => !string.IsNullOrEmpty(p.value)).Select(p => $"{p.name}={p.value}"),
    ];

    // The layer's folder holds copies: a step must not be able to reach the repository.
    private async Task PrepareAsync(PlannedStep step, string script, CancellationToken cancel)
    {
        var input = Path.Combine(Work.Folder, "input");
        // Not deleted: what an earlier attempt left in its /dev may belong to ids that only exist inside.
        if (Directory.Exists(input)) Directory.Move(input, Path.Combine(Work.Folder, $"used.{Guid.NewGuid():N}"));
        foreach (var name in (string[])["", "outputs", "files", "resolve"]) RootSkeleton.MakeFolder(Path.Combine(input, name));
        RootSkeleton.MakeDevices(Path.Combine(input, "dev"));
        await File.WriteAllTextAsync(Path.Combine(input, "script"), script, cancel);
        var resolver = File.Exists("/etc/resolv.conf") ? await File.ReadAllTextAsync("/etc/resolv.conf", cancel) : "";
        foreach (var name in (string[])["resolv.conf", "stub-resolv.conf"]) RootSkeleton.WriteFile(Path.Combine(input, "resolve", name), resolver);
        foreach (var file in step.Files) await CopyAsync(step, file, Path.Combine(input, "files", file.Name), cancel);
    }

    private async Task CopyAsync(PlannedStep step, StepFile file, string target, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!); // below the input folder
        var source = Path.Combine(_run.Settings.Repository, file.Source);
        if (file.Content is { } text) await File.WriteAllTextAsync(target, text, cancel);
        else if (!File.Exists(source)) throw Changed(step, file);
        else File.Copy(source, target);
        await using (var content = File.OpenRead(target))
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel)) != file.Digest) throw Changed(step, file);
        // Times must not depend on when the repository was checked out.
        File.SetLastWriteTimeUtc(target, DateTimeOffset.FromUnixTimeSeconds(_epoch).UtcDateTime);
        File.SetUnixFileMode(target, (UnixFileMode)file.Mode);
    }

    private static ProblemException Changed(PlannedStep step, StepFile file) => new(ExitCode.BuildFailed, new Problem("IB4103",
        $"The file `{file.Source}` has changed since the plan was made.", "Its content is not what the step's layer key was computed from.",
        "Run the same command again: it plans anew.", step.At));

    private static ProblemException Broken(PlannedStep step, string why) => new(ExitCode.BuildFailed, new Problem("IB4104",
        $"The sandbox of the step `{step.Id}` ended before its script did.", why.Length > 0 ? why : "It left no message; something killed it.",
        "Run `./build.sh --target=Doctor`: it tries everything that the sandbox needs.", step.At));

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
