using System.Text;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>A program on a terminal of its own (of 41 lines and 113 columns), with a person who waits for what is shown and types.</summary>
internal sealed class TypedSession : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(150);

    private readonly IRunningProgram _program;
    private readonly StringBuilder _shown = new();
    private readonly Task _reading;
    private int _seen;

    private TypedSession(IRunningProgram program)
    {
        _program = program;
        _reading = ReadAsync();
    }

    /// <summary>Id of the process that has the terminal's other end.</summary>
    public int Id => _program.Id;

    /// <summary>Everything that was shown.</summary>
    public string Shown
    {
        get
        {
            lock (_shown) return _shown.ToString();
        }
    }

    /// <param name="then">What a shell runs afterwards on the same terminal.</param>
    public static TypedSession Start(Command command, string then = "")
    {
        // What is written to it is typed, what the terminal shows is its output.
        var typed = new Command("script", "--quiet", "--return", "--flush", "--command", $"stty rows 41 cols 113; env {command}{then}", "/dev/null")
        {
            Environment = new Dictionary<string, string> { ["SHELL"] = "/bin/bash", ["TERM"] = "xterm" },
        };
        return new TypedSession(new ProgramRunner().Start(typed));
    }

    /// <summary>Waits until the text is shown, after what was waited for before.</summary>
    public async Task SeeAsync(string text, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(s_patience);
        while (true)
        {
            var ended = _reading.IsCompleted;
            var shown = Shown;
            var found = shown.IndexOf(text, _seen, StringComparison.Ordinal);
            if (found >= 0)
            {
                _seen = found + text.Length;
                return;
            }

            if (ended || timer.IsCancellationRequested) Assert.Fail($"`{text}` was not shown after {_seen}:\n{shown}");
            await Task.Delay(20, cancel);
        }
    }

    public async Task TypeAsync(string text, CancellationToken cancel)
    {
        await _program.Input.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
        await _program.Input.FlushAsync(cancel);
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The program's exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancel)
    {
        await _reading.WaitAsync(s_patience, cancel);
        return await _program.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[4096];
        var decoder = Encoding.UTF8.GetDecoder();
        var text = new char[4096];
        int count;
        while ((count = await _program.Output.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            var length = decoder.GetChars(buffer.AsSpan(0, count), text, flush: false);
            lock (_shown) _shown.Append(text, 0, length);
        }
    }
}
