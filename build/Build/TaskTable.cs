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
        if (session.Options.Line.Has(Switches.NoReport)) return;
        var width = Math.Max(NameWidth, report.Select(e => e.TaskName.Length + 1).DefaultIfEmpty().Max());
        console.Heading($"{"Task".PadRight(width)}Duration");
        console.Line(new string('-', Math.Max(LineWidth, width + 20)));
        foreach (var entry in report.Where(e => e.Category == CakeReportEntryCategory.Task))
            console.Line($"{entry.TaskName.PadRight(width)}{Took(entry)}");
        console.Line(new string('-', Math.Max(LineWidth, width + 20)));
        console.Line($"{"Total:".PadRight(width)}{Text(report.Aggregate(TimeSpan.Zero, (sum, e) => sum + e.Duration))}");
    }

    public void WriteStep(string name, Verbosity verbosity)
    {
        if (verbosity >= Verbosity.Normal) console.Heading(name);
    }

    // Setup and teardown of ours say nothing.
    public void WriteLifeCycleStep(string name, Verbosity verbosity) { }

    public void WriteSkippedStep(string name, Verbosity verbosity) { }

    private static string Took(CakeReportEntry entry) => entry.ExecutionStatus switch
    {
        CakeTaskExecutionStatus.Skipped => "Skipped",
        CakeTaskExecutionStatus.Failed => $"{Text(entry.Duration)}  Failed",
        _ => Text(entry.Duration),
    };

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
