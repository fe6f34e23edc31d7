using ImageBuilder.Model;

namespace ImageBuilder.Contracts;

/// <summary>A root in which scripts run: a sandbox on a layer, a booted container, a virtual machine, a build instance.</summary>
public interface IImageSession : IAsyncDisposable
{
    /// <summary>Runs one script to its end, within the step's time-out. A failing script is a result.</summary>
    /// <param name="script">The step's script with all references filled in.</param>
    /// <param name="line">Gets each line of output as it comes.</param>
    Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel);

    /// <summary>Restarts the machine if the session has one; a plain sandbox has nothing to restart.</summary>
    /// <param name="line">Gets signs of life, which are no output of a step.</param>
    Task RebootAsync(Action<string> line, CancellationToken cancel);
}

/// <summary>How one run of a script ended.</summary>
/// <param name="Outputs">One map of outputs per iteration or input, e.g. <c>[{"stdout": "…"}]</c>.</param>
/// <param name="Tail">The last lines of its output.</param>
public sealed record ScriptRun(int ExitCode, bool TimedOut, TimeSpan Duration, IReadOnlyList<IReadOnlyDictionary<string,
    string>> Outputs, string Tail);
