using System.Globalization;
using Cake.Core.Diagnostics;

namespace Build;

/// <summary>
/// What Cake itself has to say, on our console. Errors that the program has shown as problems are not said twice.
/// </summary>
internal sealed class ConsoleLog(Session session) : ICakeLog
{
    public Verbosity Verbosity { get; set; } = Verbosity.Normal;

    public void Write(Verbosity verbosity, LogLevel level, string format, params object[] args)
    {
        if (verbosity > Verbosity || (level <= LogLevel.Error
            && (session.Exit != 0 || session.Cancel.IsCancellationRequested))) return;
        foreach (var line in string.Format(CultureInfo.InvariantCulture, format, args).Split('\n')) session.Console.Line(
            line.TrimEnd());
    }
}
