using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Reports;

namespace ImageBuilder.Tests.Running;

/// <summary>A session that runs nothing: a test says what each script leaves.</summary>
internal sealed class FakeSession(Func<PlannedStep, string, ScriptRun> run) : IImageSession
{
    /// <summary>What was run, and <c>restart</c> for each restart.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Seconds that each script was given.</summary>
    public List<int> Limits { get; } = [];

    public Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
    {
        Done.Add(script);
        Limits.Add(step.TimeoutSeconds);
        var end = run(step, script);
        foreach (var text in end.Tail.Split('\n', StringSplitOptions.RemoveEmptyEntries)) line(text);
        return Task.FromResult(end);
    }

    public Task RebootAsync(Action<string> line, CancellationToken cancel)
    {
        Done.Add("restart");
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The end of a script that printed that.</summary>
    public static ScriptRun End(int code, string stdout = "") =>
        new(code, TimedOut: false, TimeSpan.FromSeconds(1), [new Dictionary<string, string> { ["stdout"] = stdout }], stdout);
}

/// <summary>Says nothing to nobody.</summary>
internal sealed class NoReport : IReport
{
    public void Write(BuildEvent happened) { }
}
