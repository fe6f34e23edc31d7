namespace ImageBuilder.Processes;

/// <summary>The port through which every external program is started: replaced in tests.</summary>
public interface IProgramRunner
{
    /// <summary>Runs to the end. A program that cannot be started is a problem (IB3002); a failing one is a result.</summary>
    /// <param name="line">Gets each line of output and error as it comes, for logs and progress.</param>
    Task<ProgramResult> RunAsync(Command command, Action<string>? line, CancellationToken cancel);

    /// <summary>Starts a program that is talked to while it runs. Disposing it ends the whole process tree.</summary>
    IRunningProgram Start(Command command);

    /// <summary>The full path of a program on PATH (and the sbin folders), or null.</summary>
    string? Find(string program);
}

/// <summary>A started program with its three streams.</summary>
public interface IRunningProgram : IAsyncDisposable
{
    int Id { get; }

    Stream Input { get; }

    Stream Output { get; }

    Stream Error { get; }

    Task<int> WaitAsync(CancellationToken cancel);

    /// <summary>Ends the whole process tree at once (SIGKILL).</summary>
    void Kill();
}

public static class ProgramRunnerExtensions
{
    public static Task<ProgramResult> RunAsync(this IProgramRunner runner, Command command, CancellationToken cancel) =>
        runner.RunAsync(command, null, cancel);
}
