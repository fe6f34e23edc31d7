using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Exporting;
using ImageBuilder.Planning;
using ImageBuilder.Prerequisites;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The outside world as the program sees it: replaced in tests.</summary>
/// <param name="Environment">Gives a variable of the environment, or null.</param>
/// <param name="Engines">Engines by <c>--engine=</c>; a function because finding them takes time that <c>--tree</c> does not
/// have.</param>
public sealed record Ports(
    Terminal Terminal, Func<string, string?> Environment, IProgramRunner Programs, TimeProvider Clock,
    Func<IReadOnlyList<IImageEngine>> Engines, Func<IPlanner> Planner, Func<IImageExporter> Exporter)
{
    /// <summary>Makes sure that this machine has the programs a run needs; the flag allows to install what is missing.</summary>
    public Func<HostNeeds, IReport, bool, CancellationToken, Task> EnsureTools { get; init; } =
        (_, _, _, _) => Task.CompletedTask;

    /// <summary>The cloud that images are built in or published to.</summary>
    public Func<ICloud> Cloud { get; init; } = () => Catalog<ICloud>.All[0];

    /// <summary>By it is chosen how many recipes are at work at the same time.</summary>
    public HostSize Host { get; init; } = HostSize.OfThisMachine();

    /// <summary>True where somebody can type: standard input is a terminal.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>What is piped into the program.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Standard output for bytes that are no text of ours.</summary>
    public Stream Output { get; init; } = Stream.Null;

    private static readonly ProgramRunner s_programs = new();

    public static Ports OfThisProcess() => new(
        Terminal.OfThisProcess(System.Environment.GetEnvironmentVariable), System.Environment.GetEnvironmentVariable,
        s_programs, TimeProvider.System, () => Catalog<IImageEngine>.All, () => new Planner(),
        () => new Exporter())
    {
        InputIsTerminal = !System.Console.IsInputRedirected,
        Input = new StreamReader(System.Console.OpenStandardInput()),
        Output = System.Console.OpenStandardOutput(),
        EnsureTools = (needs, report, install, cancel) => Preflight(report).EnsureAsync(needs, install, cancel),
    };

    private static Preflight Preflight(IReport report) => new(s_programs, new AptInstaller(s_programs), report);
}
