using System.Globalization;
using Cake.Core;
using Cake.Core.Diagnostics;
using ImageBuilder.Reports;

namespace Build;

/// <summary>
/// Cake's headings and its table of tasks, on our console: nothing of it appears where only plain lines are wanted.
/// </summary>
internal sealed class TaskTable(ConsoleReport console, Session session) : ICakeReportPrinter
{
    private const int NameWidth = 30;
    private const int LineWidth = 50;

    public void Write(CakeReport report)
    {
        if (session.Quiet || session.Options.Line.Has(Switches.NoReport)) return;
        var width = Math.Max(NameWidth, report.Select(e => e.TaskName.Length + 1).DefaultIfEmpty().Max());
        console.Heading($"{"Task".PadRight(width)}Duration");
        console.Line(new string('-', Math.Max(LineWidth, width + 20)));
        foreach (var entry in report.Where(e => e.Category == CakeReportEntryCategory.Task))
            console.Line($"{entry.TaskName.PadRight(width)}{Took(entry, TimeOf(entry))}");
        console.Line(new string('-', Math.Max(LineWidth, width + 20)));
        console.Line($"{"Total:".PadRight(width)}{Text(report.Aggregate(TimeSpan.Zero, (sum, e) => sum + e.Duration))}");
        if (session.Times.Overlap) console.Line("Recipes were in several stages at the same time: the total is less than the sum.");
    }

    public void WriteStep(string name, Verbosity verbosity)
    {
        if (verbosity >= Verbosity.Normal) console.Heading(name);
    }

    // Setup and teardown of ours say nothing.
    public void WriteLifeCycleStep(string name, Verbosity verbosity) { }

    public void WriteSkippedStep(string name, Verbosity verbosity) { }

    // A task also waits for the last recipe, while others are in later stages already.
    private TimeSpan TimeOf(CakeReportEntry entry) => (session.Times.Overlap ? session.Times.Of(entry.TaskName) : null) ?? entry.Duration;

    private static string Took(CakeReportEntry entry, TimeSpan time) => entry.ExecutionStatus switch
    {
        CakeTaskExecutionStatus.Skipped => "Skipped",
        CakeTaskExecutionStatus.Failed => $"{Text(time)}  Failed",
        _ => Text(time),
    };

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
