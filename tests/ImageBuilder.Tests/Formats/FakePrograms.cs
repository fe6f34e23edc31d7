using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Formats;

/// <summary>Programs that only remember that they were called.</summary>
internal sealed class FakePrograms : IProgramRunner
{
    private readonly List<string> _ran = [];

    /// <summary>The commands in the order of their calls.</summary>
    public IReadOnlyList<string> Ran => _ran;

    /// <summary>Programs and files that are there; null: all.</summary>
    public HashSet<string>? Present { get; set; }

    /// <summary>Called with each command; gives its exit code.</summary>
    public Func<Command, int> On { get; set; } = _ => 0;

    /// <summary>What each command prints.</summary>
    public string Output { get; set; } = "";

    public Task<ProgramResult> RunAsync(Command command, Action<string>? line, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_ran) _ran.Add(command.ToString());
        return Task.FromResult(new ProgramResult(command, On(command), Output, "", TimeSpan.Zero, TimedOut: false));
    }

    /// <summary>None can be talked to: what a machine says that lacks the program.</summary>
    public IRunningProgram Start(Command command) => throw new ProblemException(ExitCode.Prerequisites,
        new Problem("IB0000", $"`{command.Program}` was not found.", "It is made up.", "Nothing."));

    public string? Find(string program) => Present?.Contains(program) ?? true ? $"/usr/bin/{program}" : null;
}
