using System.Globalization;
using System.Text.Json;
using Cake.Frosting;
using ImageBuilder.Engines.Local;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

/// <summary>The last line that this target prints is the count of all tests and nothing else: scripts read it.</summary>
[TaskName("Test"), TaskDescription("Run the toolkit's own tests: the fast ones, then the real ones")]
public sealed class TestTask : TargetTask
{
    private const string Fast = "ImageBuilder.Tests";

    private static readonly string[] s_projects = [Fast, "ImageBuilder.SystemTests"];

    // What the files of the fast tests need at most, generously.
    private const long FastBytes = 2L << 30;

    private const int SlowestShown = 10;

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var sum = new Counts(0, 0, 0);
        await session.Ports.EnsureTools(new HostNeeds([.. Targets.All.Select(t => t.Name)], ["debian"]),
            session.Console.For("this machine", ""), !session.Options.NoInstall, cancel);
        foreach (var project in s_projects)
        {
            var report = session.Console.For(project, "");
            await TimedAsync(session, report, "build", () => BuildAsync(session, project, cancel));
            await TimedAsync(session, report, "run", async () => sum += await RunAsync(session, project, cancel));
        }

        session.LastLine = string.Create(CultureInfo.InvariantCulture,
            $"{sum.Passed} passed, {sum.Failed} failed, {sum.Skipped} skipped");
        if (sum.Failed > 0) session.End(ExitCode.TestFailed);
        if (sum == new Counts(0, 0, 0))
            throw new ProblemException(ExitCode.Usage, new Problem("IB7008", "No test was run.",
                $"No test's full name contains `{session.Options.Filter}`.",
                "Choose another --filter=, or none to run all tests."));
    }

    private async Task TimedAsync(Session session, IReport report, string what, Func<Task> work)
    {
        var start = session.Ports.Clock.GetTimestamp();
        report.Write(new StepStarted(Name, what));
        await work();
        report.Write(new StepFinished(Name, what, session.Ports.Clock.GetElapsedTime(start).TotalSeconds, Reused: false,
            "success"));
    }

    private static async Task BuildAsync(Session session, string project, CancellationToken cancel)
    {
        // The compiler as a server would go on for many seconds, in which the tests run.
        var built = await session.Ports.Programs.RunAsync(
            Dotnet.Command(session, "build", Folder(session, project), "-v", "quiet", "--nologo", "-p:UseSharedCompilation=false"), cancel);
        built.OrThrow($"The test project {project} does not compile.");
    }

    private static async Task<Counts> RunAsync(Session session, string project, CancellationToken cancel)
    {
        var results = Directory.CreateTempSubdirectory("imagebuilder-test-");
        // Thousands of small files that are written through to the disk, which nobody needs afterwards.
        using var memory = project == Fast ? ScratchFolder.InMemory(FastBytes) : null;
        try
        {
            List<string> arguments =
            [
                Assembly(session, project), "--no-ansi", "--results-directory", results.FullName,
                "--report-xunit-ctrf", "--report-xunit-ctrf-filename", "tests.json",
            ];
            if (session.Options.Filter is { } filter) arguments.AddRange(["--filter-method", $"*{filter}*"]);
            var run = await session.Ports.Programs.RunAsync(
                Dotnet.Tests(session, arguments, memory?.Path), session.Console.Line, cancel);
            return await ReadAsync(session, project, run, Path.Combine(results.FullName, "tests.json"), cancel);
        }
        finally
        {
            results.Delete(recursive: true);
        }
    }

    private static async Task<Counts> ReadAsync(Session session, string project, ProgramResult run, string report, CancellationToken cancel)
    {
        if (!File.Exists(report)) run.OrThrow($"The tests of {project} did not come to an end.", ExitCode.TestFailed);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report, cancel));
        var results = json.RootElement.GetProperty("results");
        ShowSlowest(session, results.GetProperty("tests"));
        var summary = results.GetProperty("summary");
        int Of(string name) => summary.GetProperty(name).GetInt32();
        return new Counts(Of("passed"), Of("failed"), Of("skipped") + Of("pending"));
    }

    // Where a test run's time goes.
    private static void ShowSlowest(Session session, JsonElement tests)
    {
        session.Console.Line("    slowest:");
        foreach (var (name, seconds) in tests.EnumerateArray()
            .Select(t => (t.GetProperty("name").GetString(), t.GetProperty("duration").GetInt64() / 1000.0)).OrderByDescending(t => t.Item2).Take(SlowestShown))
            session.Console.Line($"    {Figures.Time(seconds),12}  {name}");
    }

    private static string Folder(Session session, string project) => Path.Combine(session.Options.Repository, "tests", project);

    private static string Assembly(Session session, string project) =>
        Path.Combine(Folder(session, project), "bin", "Debug", $"net{Environment.Version.ToString(2)}", $"{project}.dll");

    private sealed record Counts(int Passed, int Failed, int Skipped)
    {
        public static Counts operator +(Counts a, Counts b) =>
            new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);
    }
}
