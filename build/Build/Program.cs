using System.Reflection;
using Cake.Core;
using Cake.Core.Diagnostics;
using Cake.Frosting;
using ImageBuilder.Problems;
using ImageBuilder.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace Build;

/// <summary>The program: reads the command line, lets Cake run the targets, and ends with a documented exit code.</summary>
public static class Program
{
    public static int Main(string[] arguments)
    {
        var ports = Ports.OfThisProcess();
        using var stopping = new Stopping(ports.Terminal.Error);
        return Run(arguments, ports, stopping.Token);
    }

    /// <summary>The whole program with the outside world as a parameter.</summary>
    public static int Run(IReadOnlyList<string> arguments, Ports ports, CancellationToken cancel)
    {
        using var console = new ConsoleReport(ports.Terminal, ports.Clock);
        var problems = new ProblemBag();
        var line = CommandLine.Parse(arguments, ports.Environment, problems);
        var options = Options.Parse(line, [.. Targets.All.Select(t => t.Name)], problems);
        if (arguments.Count > 0 && options.Targets.Count == 0 && !options.ShowsOnly)
            problems.Add(new Problem("IB7013", "No target is named.", "Switches alone do nothing.",
                $"Did you mean `{string.Join(' ', line.Repeat(Switches.Recipe).Prepend("./build.sh --target=Image"))}`?"));
        foreach (var problem in problems.All) console.Problem(problem);
        if (problems.HasErrors) return (int)ExitCode.Usage;
        if (arguments.Count == 0) return Welcome(console);

        var session = new Session(options, ports, console, cancel);
        using var clouds = session.Clouds;
        using var builds = session.Builds;
        var cake = CakeHost.Create();
        // Cake searches the assembly that was started by itself, and a task found twice is an error.
        if (Assembly.GetEntryAssembly() != typeof(Program).Assembly) cake.AddAssembly(typeof(Program).Assembly);
        var host = cake
            .UseContext<BuildContext>()
            .UseLifetime<Lifetime>()
            .ConfigureServices(services => services
                .AddSingleton(session)
                .AddSingleton(console)
                .AddSingleton<ICakeLog, ConsoleLog>()
                .AddSingleton<ICakeReportPrinter, TaskTable>())
            .Run(line.ForHost());
        return End(session, host);
    }

    private static int Welcome(ConsoleReport console)
    {
        foreach (var text in HelpText.Welcome) console.Line(text);
        return (int)ExitCode.Done;
    }

    private static int End(Session session, int host)
    {
        var console = session.Console;
        console.EndWaits();
        if (session.Cancel.IsCancellationRequested)
        {
            session.End(ExitCode.Stopped);
            console.Line();
            console.Line(session.WhenStopped ?? $"Stopped. The same command goes on where this one ended: {session.Options.Command()}");
        }
        else if (host != 0 && session.Exit == ExitCode.Done)
        {
            // Cake itself refused: it has said why.
            session.End(ExitCode.Usage);
        }

        if (session.Clouds.Open is { Count: > 0 } left)
            session.Close($"{Figures.Count(left.Count, "resource")} may be left in AWS: ./build.sh --target=Sweep shows and removes them.");
        var closing = Summary.Lines(session).Concat(session.Closing).ToList();
        if (closing.Count > 0) console.Line();
        foreach (var text in closing) console.Line(text);
        if (session.LastLine is { } last) console.Line(last);
        return session.Exit == ExitCode.Done ? session.Answer ?? (int)ExitCode.Done : (int)session.Exit;
    }
}
