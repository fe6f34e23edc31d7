using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using ImageBuilder.Problems;

namespace ImageBuilder.Processes;

/// <summary>The one class that starts processes: minimal environment, streamed output, and an end that takes the whole tree along.</summary>
public sealed class ProgramRunner : IProgramRunner
{
    // What programs need of ours and nothing else: a build must not depend on the caller's shell.
    private static readonly string[] s_passedOn =
        ["HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    // Debian keeps mkfs, sfdisk and debugfs in sbin, which an ordinary user's PATH lacks.
    private static readonly string[] s_sbin = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    private const int LinesKept = 200;

    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(5);

    private static string SearchPath =>
        string.Join(':', (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':').Concat(s_sbin).Where(p => p.Length > 0).Distinct());

    public string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? program : null
        : SearchPath.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    public async Task<ProgramResult> RunAsync(Command command, Action<string>? line, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var watch = Stopwatch.StartNew();
        using var timer = new CancellationTokenSource(command.TimeOut ?? Timeout.InfiniteTimeSpan);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        await using var program = Start(command);
        var output = new StringBuilder();
        var error = new Queue<string>();
        var pumps = Task.WhenAll(
            PumpAsync(program.Output, text => { lock (output) output.Append(text).Append('\n'); line?.Invoke(text); }),
            PumpAsync(program.Error, text => { Keep(error, text); line?.Invoke(text); }));
        try
        {
            await WriteInputAsync(program, command.Input, either.Token);
            var exit = await program.WaitAsync(either.Token);
            // A process that it left behind may hold the pipes open for ever; the rest of its own output is there at once.
            await Task.WhenAny(pumps, Task.Delay(s_drain, either.Token));
            return new ProgramResult(command, exit, Whole(output), Joined(error), watch.Elapsed, TimedOut: false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            program.Kill();
            return new ProgramResult(command, -1, Whole(output), Joined(error), watch.Elapsed, TimedOut: true);
        }
    }

    public IRunningProgram Start(Command command)
    {
        var path = Find(command.Program) ?? throw new ProblemException(ExitCode.Prerequisites, new Problem("IB3002",
            $"The program `{command.Program}` was not found.", $"It is in none of the folders {SearchPath}.",
            "Run `./build.sh --target=Doctor`: it names the package to install."));
        var start = new ProcessStartInfo(path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var argument in command.Arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var name in s_passedOn)
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) start.Environment[name] = value;
        start.Environment["PATH"] = SearchPath;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
        try
        {
            return new RunningProgram(Process.Start(start)!); // null only with UseShellExecute
        }
        catch (Win32Exception e)
        {
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB3003", $"The program `{command.Program}` could not be started.",
                e.Message, $"Run it by hand to see more: {command}"), e);
        }
    }

    private static async Task WriteInputAsync(IRunningProgram program, string? input, CancellationToken cancel)
    {
        try
        {
            if (input is not null) await program.Input.WriteAsync(Encoding.UTF8.GetBytes(input), cancel);
            await program.Input.DisposeAsync();
        }
        catch (IOException)
        {
            // The program ended without reading all of its input: its exit code tells whether that was right.
        }
    }

    private static async Task PumpAsync(Stream stream, Action<string> line)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync() is { } text) line(text);
    }

    private static void Keep(Queue<string> lines, string text)
    {
        lock (lines)
        {
            lines.Enqueue(text);
            if (lines.Count > LinesKept) lines.Dequeue();
        }
    }

    private static string Whole(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    private static string Joined(Queue<string> lines)
    {
        lock (lines) return string.Join('\n', lines);
    }

    private sealed class RunningProgram(Process process) : IRunningProgram
    {
        public int Id { get; } = process.Id;

        public Stream Input => process.StandardInput.BaseStream;

        public Stream Output => process.StandardOutput.BaseStream;

        public Stream Error => process.StandardError.BaseStream;

        public async Task<int> WaitAsync(CancellationToken cancel)
        {
            await process.WaitForExitAsync(cancel);
            return process.ExitCode;
        }

        public void Kill()
        {
            try
            {
                // Looking for its children means to read all of /proc.
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended already.
            }
        }

        public ValueTask DisposeAsync()
        {
            Kill();
            process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
