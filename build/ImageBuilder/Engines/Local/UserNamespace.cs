using System.Text;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

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

    public string Owner => map.Text;

    /// <summary>Starts a script and returns once its ids are mapped. Disposing the program ends everything inside.</summary>
    /// <param name="more">Further namespaces as options of <c>unshare</c>.</param>
    public async Task<IRunningProgram> StartAsync(
        string script, IReadOnlyList<string> arguments, string folder, IReadOnlyList<string> more, CancellationToken cancel)
    {
        var program = programs.Start(new Command("unshare",
            ["--user", "--mount", "--pid", "--ipc", "--uts", .. more, "--fork", "bash", "-c", Threshold, "imagebuilder", script, "imagebuilder", .. arguments])
        {
            WorkingDirectory = folder,
        });
        try
        {
            if (await ReadLineAsync(program.Error, cancel) is not "ready" and var text) throw Refused(text);
            await map.ApplyAsync(programs, program.Id, cancel);
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
        await using var program = await StartAsync(start, [Supervisor, script, "imagebuilder", .. arguments], folder, [], cancel);
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

    private static ProblemException Refused(string why) => new(ExitCode.Prerequisites, new Problem("IB4111",
        "This machine does not allow a user namespace to be made.", why.Length > 0 ? why : "`unshare` ended without a message.",
        "Run `./build.sh --target=Doctor`: it says what forbids it and how that is changed."));
}
