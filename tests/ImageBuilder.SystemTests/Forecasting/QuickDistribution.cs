using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.SystemTests.Forecasting;

/// <summary>A distribution that nothing is bootstrapped from, with packages as the test wants them.</summary>
internal sealed class QuickDistribution(IReadOnlyList<string> packages) : IDistribution
{
    public string Name => "debian";

    public IReadOnlyDictionary<string, string> Releases { get; } = new Dictionary<string, string> { ["12"] = "bookworm", ["13"] = "trixie" };

    public string SealScript => "";

    public string PackagesScript => "";

    public IReadOnlyList<string> BasePackages(string release, string architecture) => ["bash", .. packages];

    public string BootstrapInputs(string release, string architecture) => "quick";

    public Bootstrap Bootstrap(string release, string architecture, string? mirror) => throw new InvalidOperationException("Nothing is bootstrapped.");

    public Problem? Explain(string release, string output) => null;
}
