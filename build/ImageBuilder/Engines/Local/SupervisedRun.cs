using System.Globalization;
using System.Text;
using ImageBuilder.Processes;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>How a command under supervisor.sh ended.</summary>
/// <param name="ExitCode">The command's; −1 when it was ended by us or the namespaces ended before it.</param>
/// <param name="Reported">False when process 1 ended without saying how the command did: setting up failed, or somebody killed it.</param>
/// <param name="Values">Outputs by file name.</param>
/// <param name="Left">Names of processes that were still running when the command had ended.</param>
/// <param name="Errors">The last lines of standard error.</param>
public sealed record SupervisedEnd(
    int ExitCode, bool TimedOut, bool Reported, IReadOnlyList<(string File, string Content)> Values, IReadOnlyList<string> Left, string Errors);

/// <summary>Reads a supervised program to its end, and ends it when its time is over or the build is stopped.</summary>
public sealed class SupervisedRun(IRunningProgram program, TimeProvider clock)
{
    private const string Prefix = "imagebuilder: ";

    // Cutting the lifeline ends everything in order; only a machine in trouble needs longer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly List<(string, string)> _values = [];
    private readonly List<string> _left = [];
    private int? _exit;

    /// <param name="output">Gets each line of standard output.</param>
    /// <param name="error">Gets each line of standard error that is not the supervisor's.</param>
    /// <param name="limit">Null means no limit.</param>
    public Task<SupervisedEnd> WaitAsync(Action<string> output, Action<string> error, TimeSpan? limit, CancellationToken cancel) =>
        WaitAsync(PumpAsync(program.Output, new OutputLines(output)), error, limit, cancel);

    /// <summary>As <see cref="WaitAsync(Action{string}, Action{string}, TimeSpan?, CancellationToken)"/>, with all bytes of standard output as they are.</summary>
    /// <param name="output">When nobody reads it any more, what runs is ended.</param>
    public Task<SupervisedEnd> WaitAsync(Stream output, Action<string> error, CancellationToken cancel) =>
        WaitAsync(CopyAsync(output), error, null, cancel);

    private async Task<SupervisedEnd> WaitAsync(Task output, Action<string> error, TimeSpan? limit, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        var lines = new OutputLines(error);
        var pumps = Task.WhenAll(output, PumpReportsAsync(program.Error, lines));
        var timedOut = false;
        try
        {
            await pumps.WaitAsync(either.Token);
            await program.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            timedOut = !cancel.IsCancellationRequested;
            await EndAsync(pumps);
        }

        cancel.ThrowIfCancellationRequested();
        return new SupervisedEnd(timedOut ? -1 : _exit ?? -1, timedOut, _exit is not null, _values, _left, lines.Tail);
    }

    private async Task EndAsync(Task pumps)
    {
        using var patience = new CancellationTokenSource(s_patience, clock);
        await program.Input.DisposeAsync();
        try
        {
            await pumps.WaitAsync(patience.Token);
            await program.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            program.Kill();
        }
    }

    private async Task CopyAsync(Stream output)
    {
        try
        {
            await program.Output.CopyToAsync(output, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            await program.Input.DisposeAsync();
        }
    }

    private static async Task PumpAsync(Stream stream, OutputLines lines)
    {
        var buffer = new byte[65536];
        int count;
        while ((count = await stream.ReadAsync(buffer, CancellationToken.None)) > 0) lines.Add(buffer.AsSpan(0, count));
        lines.End();
    }

    // Reports may be longer than OutputLines lets a line be.
    private async Task PumpReportsAsync(Stream stream, OutputLines lines)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } text)
        {
            if (text.StartsWith(Prefix, StringComparison.Ordinal)) Report(text[Prefix.Length..].Split(' '));
            else lines.Add(Encoding.UTF8.GetBytes(text + "\n"));
        }
    }

    private void Report(string[] words)
    {
        if (words is ["exit", var code]) _exit = int.Parse(code, CultureInfo.InvariantCulture);
        else if (words is ["left", ..]) _left.Add(string.Join(' ', words.Skip(1)));
        else if (words is ["output", var file, var data]) _values.Add((file, Encoding.UTF8.GetString(Convert.FromBase64String(data))));
    }
}
