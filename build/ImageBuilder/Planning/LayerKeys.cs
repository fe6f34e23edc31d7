using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>Keys of layers: SHA-256 of everything that can change what a layer holds, and of nothing that cannot.</summary>
internal static class LayerKeys
{
    // Raised when the sandbox changes what steps see: no layer made before is reused then.
    private const string Sandbox = "sandbox 1";

    public static string Parent(IDistribution distribution, string release, string architecture, IReadOnlyList<string> packages, PlanRequest request) =>
        Digests.Of(
        [
            "parent 1", distribution.Name, release, architecture, string.Join(' ', packages), distribution.BootstrapInputs(release, architecture),
            request.Mirror ?? "", Digests.Number(request.SourceDateEpoch),
        ]);

    /// <param name="body">The rendered script without its first lines: what component and step are called changes nothing.</param>
    public static string Step(string parent, string architecture, Script body, IReadOnlyList<StepFile> files, bool reboots) => Digests.Of(
    [
        "layer 1", Sandbox, parent, architecture, reboots ? "reboots" : "",
        .. body.Parts.SelectMany(p => new[] { p.Reference is null ? "text" : p.Quoted ? "quoted" : "textual", p.Reference ?? p.Text }),
        files.Count.ToString(CultureInfo.InvariantCulture), .. files.SelectMany(f => new[] { f.Name, Digests.Octal(f.Mode), f.Digest }),
    ]);
}
