using System.Globalization;
using Cake.Frosting;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

/// <summary>The tests that the target Test runs in a shortened form.</summary>
[TaskName("Torture"), TaskDescription("Kill, damage, crowd and starve builds, for an hour: nothing may be lost, wrong or left behind (--seed= repeats a run)")]
public sealed class TortureTask : TargetTask
{
    private const string Project = "tests/ImageBuilder.SystemTests";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var seed = session.Options.Seed ?? Random.Shared.Next(1_000_000);
        await session.Ports.EnsureTools(new HostNeeds(["Base", "Customize", "Disk"], ["debian"]), session.Console.For("this machine", ""),
            !session.Options.NoInstall, cancel);
        session.Console.Line(string.Create(CultureInfo.InvariantCulture, $"Seed: {seed} (the same again: ./build.sh --target=Torture --seed={seed})"));
        List<string> arguments = ["run", "--project", Path.Combine(session.Options.Repository, Project), "--", "--no-ansi"];
        arguments.AddRange(session.Options.Filter is { } text ? ["--filter-method", $"*Torture*{text}*"] : ["--filter-namespace", "ImageBuilder.SystemTests.Torture"]);
        var command = Dotnet.Tests(session, arguments);
        var run = await session.Ports.Programs.RunAsync(command with
        {
            Environment = new Dictionary<string, string>(command.Environment)
            {
                ["IMAGEBUILDER_TORTURE"] = "full",
                ["IMAGEBUILDER_TORTURE_SEED"] = seed.ToString(CultureInfo.InvariantCulture),
            },
        }, session.Console.Line, cancel);
        if (!run.Succeeded) session.End(ExitCode.TestFailed);
        session.Close($"Torture with seed {seed}: {(run.Succeeded ? "passed" : "FAILED")} in {Figures.Time(run.Duration.TotalSeconds)}.");
    }
}
