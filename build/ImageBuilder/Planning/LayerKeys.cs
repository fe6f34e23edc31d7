using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>Keys of layers: SHA-256 of everything that can change what a layer holds, and of nothing that cannot.</summary>
internal static class LayerKeys
{
    // Raised when the sandbox changes what steps see: no layer made before is reused then.
    private const string Sandbox = "sandbox 1";

    /// <summary>What a parent image from packages is made of, by name, in the order of its key.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ParentInputs(
        IDistribution distribution, string release, string architecture, IReadOnlyList<string> packages, PlanRequest request) =>
    [
        new("distribution", distribution.Name), new("release", release), new("architecture", architecture), new("packages", string.Join(' ', packages)),
        new("script", distribution.BootstrapInputs(release, architecture)), new("mirror", request.Mirror ?? ""),
        new("SOURCE_DATE_EPOCH", Digests.Number(request.SourceDateEpoch)),
    ];

    public static string Parent(IReadOnlyList<KeyValuePair<string, string>> inputs) => Digests.Of(inputs.Select(i => i.Value).Prepend("parent 1"));

    /// <summary>A parent image that no engine can get yet: the keys of the layers on it still tell one plan from another.</summary>
    public static string Foreign(string reference, Recipe recipe) => Digests.Of(["parent 1", recipe.Platform, recipe.Architecture, reference]);

    /// <param name="step">Its script counts without the first lines: what component and step are called changes nothing.</param>
    public static string Step(string parent, string architecture, PlannedStep step) => Digests.Of(
    [
        "layer 3", Sandbox, parent, architecture, step.ContentDigest,
    ]);
}
