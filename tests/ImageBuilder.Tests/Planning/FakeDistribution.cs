using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Planning;

/// <summary>A distribution that needs no host: tests choose what enters the parent's key.</summary>
internal sealed class FakeDistribution : IDistribution
{
    public string Name => "debian";

    public IReadOnlyDictionary<string, string> Releases { get; } = new Dictionary<string, string> { ["12"] = "bookworm", ["bookworm"] = "bookworm" };

    public string Inputs { get; init; } = "bootstrap 1";

    public IReadOnlyList<string> Packages { get; init; } = ["systemd-sysv", "udev"];

    public IReadOnlyList<string> BasePackages(string release, string architecture) => Packages;

    public string SealScript => "";

    public string PackagesScript => "";

    public string BootstrapInputs(string release, string architecture) => Inputs;

    public Bootstrap Bootstrap(string release, string architecture, string? mirror) => throw new NotSupportedException("Planning bootstraps nothing.");

    public Problem? Explain(string release, string output) => null;
}
