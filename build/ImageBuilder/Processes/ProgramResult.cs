using ImageBuilder.Problems;

namespace ImageBuilder.Processes;

/// <summary>What a program left behind. <see cref="Output"/> is standard output, <see cref="Error"/> the last lines of standard error.</summary>
public sealed record ProgramResult(Command Command, int ExitCode, string Output, string Error, TimeSpan Duration, bool TimedOut)
{
    public bool Succeeded => ExitCode == 0 && !TimedOut;

    /// <summary>Returns itself, or throws a problem that shows the last lines and the command to paste.</summary>
    public ProgramResult OrThrow(string what, ExitCode exit = Problems.ExitCode.BuildFailed, string? fix = null)
    {
        if (Succeeded) return this;
        var tail = string.Join(System.Environment.NewLine, (Error.Trim() + System.Environment.NewLine + Output.Trim()).Trim().Split('\n').TakeLast(10));
        var how = TimedOut ? $"`{Command.Program}` did not end within {Command.TimeOut}." : $"`{Command.Program}` ended with exit code {ExitCode}.";
        throw new ProblemException(exit, new Problem("IB3001", what, $"{how}{(tail.Length == 0 ? "" : System.Environment.NewLine + tail)}",
            fix ?? $"Run it by hand to see more: {Command}"));
    }
}
