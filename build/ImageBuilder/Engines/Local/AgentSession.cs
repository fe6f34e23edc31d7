using System.Globalization;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Local;

/// <summary>What a session needs to know of the build it serves.</summary>
/// <param name="Repository">Folder that <see cref="StepFile.Source"/> is relative to.</param>
/// <param name="Epoch">SOURCE_DATE_EPOCH of the scripts.</param>
/// <param name="Chunk">Bytes sent before the agent must have answered: what the line can hold while nobody reads it.</param>
/// <param name="BootLimit">How long the agent may take to greet after a restart.</param>
public sealed record AgentSettings(string Repository, long Epoch, int Chunk, TimeSpan BootLimit)
{
    /// <summary>For FIFOs and sockets.</summary>
    public const int PipeChunk = 65536;

    /// <summary>For a serial port: Linux keeps 64 KiB at most of what arrives while nobody reads, and drops the rest.</summary>
    public const int SerialChunk = 16384;

    /// <summary>
    /// A file that a virtual machine sees as a disk: larger content goes this way, because an emulated serial port takes some 15 kB/s. Null where
    /// there is none, as in containers.
    /// </summary>
    public string? Box { get; init; }

    /// <summary>Room in it.</summary>
    public const int BoxSize = 16 << 20;

    /// <summary>
    /// Watches a restart and ends with why it will not come to its end, or null when it has booted; gets signs of life. Null where nothing can be
    /// seen, as in containers.
    /// </summary>
    public Func<Action<string>, CancellationToken, Task<string?>>? Watch { get; init; }
}

/// <summary>A session in a booted container or virtual machine, held over the two byte streams that its agent (agent.sh) speaks on.</summary>
public sealed class AgentSession : IImageSession
{
    // A step past its limit is ended inside; this is for a machine that does not even manage that.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(60);

    // What is shorter is on the line sooner than the machine finds its disk.
    private const int BoxedFrom = 2048;

    private readonly StreamReader _from;
    private readonly Stream _to;
    private readonly AgentSettings _settings;
    private readonly TimeProvider _clock;
    private Task<string?>? _pending;

    private AgentSession(Stream from, Stream to, AgentSettings settings, TimeProvider clock) =>
        (_from, _to, _settings, _clock) = (new StreamReader(from, Encoding.ASCII, false, 1 << 16), to, settings, clock);

    /// <summary>Waits until the agent greets. The session owns both streams.</summary>
    public static async Task<AgentSession> ConnectAsync(Stream from, Stream to, AgentSettings settings, TimeProvider clock, CancellationToken cancel)
    {
        var session = new AgentSession(from, to, settings, clock);
        await session.GreetedAsync(cancel);
        return session;
    }

    /// <summary>True once the machine or container went away, or its agent cannot work: nothing runs in it any more.</summary>
    public bool Lost { get; private set; }

    public async Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
    {
        if (Lost) throw Loss("It had ended before this step.");
        foreach (var file in step.Files) await SendFileAsync(file, cancel);
        await SendAsync(new MemoryStream(Encoding.UTF8.GetBytes(script)), cancel);
        var started = _clock.GetTimestamp();
        var limit = Math.Max(0, step.TimeoutSeconds);
        await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"RUN {limit} {_settings.Epoch};"), cancel);
        using var timer = new CancellationTokenSource(limit == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(limit) + s_grace, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        var output = new OutputLines(line);
        try
        {
            return await ReadRunAsync(output, started, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Lost = true;
            return new ScriptRun(-1, TimedOut: true, _clock.GetElapsedTime(started), [], output.Tail);
        }
    }

    public async Task RebootAsync(Action<string> line, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(_settings.BootLimit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        try
        {
            var watched = _settings.Watch?.Invoke(line, either.Token) ?? Task.FromResult<string?>(null);
            await WriteAsync("REBOOT;", cancel);
            var greeted = GreetedAsync(either.Token);
            if (await Task.WhenAny(greeted, watched) == watched && await watched is { } why) throw Loss($"It restarted, and did not come back: {why}");
            await greeted;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Loss($"It did not come back within {_settings.BootLimit.TotalSeconds:0} s after a restart.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Lost = true;
        await _to.DisposeAsync();
        _from.Dispose();
    }

    private async Task<ScriptRun> ReadRunAsync(OutputLines output, long started, CancellationToken cancel)
    {
        var values = new List<(string File, string Content)>();
        while (true)
        {
            var words = (await ReadLineAsync(cancel)).Split(' ');
            switch (words)
            {
                case ["OUT", var data]:
                    output.Add(Convert.FromBase64String(data));
                    break;
                case ["VALUE", var file, var data]:
                    values.Add((file, Encoding.UTF8.GetString(Convert.FromBase64String(data))));
                    break;
                case ["END", var exit, var late]:
                    output.End();
                    var code = int.Parse(exit, CultureInfo.InvariantCulture);
                    return new ScriptRun(code, late == "1", _clock.GetElapsedTime(started), StepOutputs.Of(values), output.Tail);
                case ["HELLO", ..]:
                    const string why = "The machine restarted while the step ran. A step that needs a restart ends with exit code 194.";
                    line(output, why);
                    return new ScriptRun(-1, TimedOut: false, _clock.GetElapsedTime(started), [], output.Tail);
                case ["FAIL", ..]:
                    throw Loss(string.Join(' ', words.Skip(1)));
            }
        }

        static void line(OutputLines output, string text) => output.Add(Encoding.UTF8.GetBytes($"\n{text}\n"));
    }

    private async Task SendFileAsync(StepFile file, CancellationToken cancel)
    {
        await using Stream content = file.Content is { } text ? new MemoryStream(Encoding.UTF8.GetBytes(text))
            : File.OpenRead(Path.Combine(_settings.Repository, file.Source));
        await SendAsync(content, cancel);
        await AskAsync($"FILE {Convert.ToString(file.Mode, 8)} {Convert.ToBase64String(Encoding.UTF8.GetBytes(file.Name))};", cancel);
    }

    private async Task SendAsync(Stream content, CancellationToken cancel)
    {
        if (_settings.Box is { } path && content.Length > BoxedFrom) await SendBoxedAsync(content, path, cancel);
        else await SendOnLineAsync(content, cancel);
    }

    private async Task SendBoxedAsync(Stream content, string path, CancellationToken cancel)
    {
        using var box = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var buffer = new byte[AgentSettings.BoxSize];
        int count;
        while ((count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel)) > 0)
        {
            await RandomAccess.WriteAsync(box, buffer.AsMemory(0, count), 0, cancel);
            await AskAsync(string.Create(CultureInfo.InvariantCulture, $"TAKE {count};"), cancel);
        }
    }

    private async Task SendOnLineAsync(Stream content, CancellationToken cancel)
    {
        var buffer = new byte[_settings.Chunk];
        int count;
        while ((count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel)) > 0)
        {
            await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"PUT {count};"), cancel);
            await _to.WriteAsync(buffer.AsMemory(0, count), cancel);
            await AskAsync("", cancel);
        }
    }

    private async Task AskAsync(string command, CancellationToken cancel)
    {
        await WriteAsync(command, cancel);
        if (await ReadLineAsync(cancel) is not "OK" and var answer) throw Loss($"It answered `{answer}`.");
    }

    private async Task WriteAsync(string text, CancellationToken cancel)
    {
        try
        {
            await _to.WriteAsync(Encoding.ASCII.GetBytes(text), cancel);
            await _to.FlushAsync(cancel);
        }
        catch (IOException e)
        {
            throw Loss(e.Message);
        }
    }

    private async Task GreetedAsync(CancellationToken cancel)
    {
        // Whatever firmware and boot loader write to the line before is not ours.
        while (await ReadLineAsync(cancel) != "HELLO 1") { }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancel)
    {
        try
        {
            // A cancelled wait leaves its read behind: the next wait goes on with it, so that no line is lost.
            _pending ??= _from.ReadLineAsync(CancellationToken.None).AsTask();
            var text = await _pending.WaitAsync(cancel);
            _pending = null;
            return text ?? throw Loss("It closed the line.");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Loss(e.Message);
        }
    }

    private ProblemException Loss(string why)
    {
        Lost = true;
        return new ProblemException(ExitCode.BuildFailed, new Problem("IB5501", "The session inside the image was lost.", why,
            "Read the console's log: it shows what the machine did last."));
    }
}
