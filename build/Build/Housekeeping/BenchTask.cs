using Cake.Frosting;
using ImageBuilder.Problems;

namespace Build.Housekeeping;

[TaskName("Bench"), TaskDescription("Measure builds on this machine and print the figures as a table")]
public sealed class BenchTask : TargetTask
{
    private const string Project = "tests/bench";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var run = await session.Ports.Programs.RunAsync(
            Dotnet.Command(session, ["run", "--project", Path.Combine(session.Options.Repository, Project), "--configuration", "Release",
                .. session.Options.Quick ? ["--", "quick"] : (string[])[]]),
            session.Console.Line, cancel);
        run.OrThrow("The measurements did not come to an end.", ExitCode.TestFailed);
    }
}
