using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Program;

/// <summary>Runs programs. What is installed is asked for once: hundreds of runs of the program would ask for it.</summary>
internal sealed class SettledHost : IProgramRunner
{
    private static readonly ProgramRunner s_real = new();
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, Task<ProgramResult>> s_installed = [];

    public Task<ProgramResult> RunAsync(Command command, Action<string>? line, CancellationToken cancel)
    {
        if (command.Program != "dpkg-query") return s_real.RunAsync(command, line, cancel);
        lock (s_lock)
        {
            if (!s_installed.TryGetValue(command.ToString(), out var asked))
                s_installed[command.ToString()] = asked = s_real.RunAsync(command, CancellationToken.None);
            return asked;
        }
    }

    public IRunningProgram Start(Command command) => s_real.Start(command);

    public string? Find(string program) => s_real.Find(program);
}
