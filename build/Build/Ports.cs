using ImageBuilder.Contracts;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The outside world as the program sees it: replaced in tests.</summary>
/// <param name="Environment">Gives a variable of the environment, or null.</param>
/// <param name="Engines">Engines by <c>--engine=</c>; a function because finding them takes time that <c>--tree</c> does not have.</param>
public sealed record Ports(
    Terminal Terminal, Func<string, string?> Environment, IProgramRunner Programs, TimeProvider Clock,
    Func<IReadOnlyList<IImageEngine>> Engines, Func<IPlanner> Planner, Func<IImageExporter> Exporter)
{
    public static Ports OfThisProcess() => new(
        Terminal.OfThisProcess(System.Environment.GetEnvironmentVariable), System.Environment.GetEnvironmentVariable,
        new ProgramRunner(), TimeProvider.System, () => Catalog<IImageEngine>.All, () => Catalog<IPlanner>.All[0],
        () => Catalog<IImageExporter>.All[0]);
}
