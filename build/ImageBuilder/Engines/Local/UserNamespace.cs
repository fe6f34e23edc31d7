using System.Globalization;
using System.Text;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>How namespaces differ from those that all scripts get.</summary>
/// <param name="More">Further options of <c>unshare</c>.</param>
/// <param name="Within">A program and its first arguments that starts <c>unshare</c>, and says `process N` with its id.</param>
public sealed record NamespaceOptions(IReadOnlyList<string> More, IReadOnlyList<string> Within)
{
    public static NamespaceOptions None { get; } = new([], []);

    /// <summary>With the terminal of this process as descriptor 6: see terminal.sh.</summary>
    public static NamespaceOptions Terminal { get; } = new([], ["bash", "-c", EmbeddedScript.Text("Engines/Local/terminal.sh"), "terminal"]);
}

/// <summary>
/// Starts bash scripts in namespaces of their own (user, mount, pid, ipc, uts), for root and for ordinary users alike. A script is process 1 there
/// and its standard input is a lifeline: when this program ends, by whatever signal, the kernel ends everything that runs inside.
/// </summary>
public sealed class UserNamespace(IProgramRunner programs, IdMap map, TimeProvider clock)
{
    // Only the next exec has the rights of the mapped root: the first one took place before there was a map.
    private const string Threshold = """echo ready >&2; read -r; exec bash -c "$@" """;

    /// <summary>Text that ends up as process 1 of every namespace.</summary>
    public static string Supervisor { get; } = EmbeddedScript.Text("Engines/Local/supervisor.sh");

    // By it a program that starts `unshare`, and does not become it, says which process that is.
    private const string ProcessLine = "process ";

    public string Owner => map.Text;

    /// <summary>What an owner and a group are called inside.</summary>
    public (uint Uid, uint Gid) Inside(uint uid, uint gid) => map.Inside(uid, gid);

    /// <summary>Starts a script and returns once its ids are mapped. Disposing the program ends everything inside.</summary>
    public Task<IRunningProgram> StartAsync(string script, IReadOnlyList<string> arguments, string folder, CancellationToken cancel) =>
        StartAsync(script, arguments, folder, NamespaceOptions.None, cancel);

    /// <inheritdoc cref="StartAsync(string, IReadOnlyList{string}, string, CancellationToken)"/>
    public async Task<IRunningProgram> StartAsync(
        string script, IReadOnlyList<string> arguments, string folder, NamespaceOptions options, CancellationToken cancel)
    {
        List<string> words = [.. options.Within, "unshare", "--user", "--mount", "--pid", "--ipc", "--uts", .. options.More, "--fork",
            "bash", "-c", Threshold, "imagebuilder", script, "imagebuilder", .. arguments];
        var program = programs.Start(new Command(words[0], words.GetRange(1, words.Count - 1)) { WorkingDirectory = folder });
        try
        {
            var id = program.Id;
            var line = await ReadLineAsync(program.Error, cancel);
            if (line.StartsWith(ProcessLine, StringComparison.Ordinal))
            {
                id = int.Parse(line[ProcessLine.Length..], CultureInfo.InvariantCulture);
                line = await ReadLineAsync(program.Error, cancel);
            }

            if (line != "ready") throw Refused(line);
            await map.ApplyAsync(programs, id, cancel);
            await program.Input.WriteAsync("go\n"u8.ToArray(), cancel);
            await program.Input.FlushAsync(cancel);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a script of ours that sees the host's files, with the rights of the mapped root.</summary>
    public async Task<ProgramResult> RunAsync(
        string script, IReadOnlyList<string> arguments, string folder, Action<string>? line, CancellationToken cancel)
    {
        const string start = """exec bash -c "$1" supervisor apart "" bash -c "${@:2}" """;
        var command = new Command("bash", ["-c", script, "imagebuilder", .. arguments]);
        var started = clock.GetTimestamp();
        await using var program = await StartAsync(start, [Supervisor, script, "imagebuilder", .. arguments], folder, cancel);
        var output = new StringBuilder();
        var end = await new SupervisedRun(program, clock).WaitAsync(
            text => { output.Append(text).Append('\n'); line?.Invoke(text); }, text => line?.Invoke(text), null, cancel);
        return new ProgramResult(command, end.ExitCode, output.ToString(), end.Errors, clock.GetElapsedTime(started), end.TimedOut);
    }

    // Byte by byte, because what follows the line is for somebody else.
    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancel)
    {
        var text = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancel) == 1 && one[0] != '\n') text.Add(one[0]);
        return Encoding.UTF8.GetString([.. text]);
    }

    private static ProblemException Refused(string said)
    {
        var (why, fix) = NamespaceRefusal.Explain(said);
        return new ProblemException(ExitCode.Prerequisites,
            new Problem("IB4111", "This machine does not allow a user namespace to be made.", why, fix));
    }
}
