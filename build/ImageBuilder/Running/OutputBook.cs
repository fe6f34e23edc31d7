using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Model;

namespace ImageBuilder.Running;

/// <summary>Outputs of the steps that ran, for the references of those that follow in the same component.</summary>
public sealed partial class OutputBook
{
    private readonly Dictionary<(string Component, string Step), IReadOnlyList<IReadOnlyDictionary<string, string>>> _outputs = [];

    public void Add(PlannedStep step, IReadOnlyList<IReadOnlyDictionary<string, string>> outputs) => _outputs[(step.Component, step.Path)] = outputs;

    /// <summary>The value that <c>phase.step.outputs[N].name</c> stands for, or null.</summary>
    public string? Find(string component, string reference)
    {
        var parts = Reference().Match(reference);
        if (!parts.Success || !_outputs.TryGetValue((component, parts.Groups["step"].Value), out var outputs)) return null;
        var index = parts.Groups["index"] is { Success: true, Value: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : 0;
        return index < outputs.Count ? outputs[index].GetValueOrDefault(parts.Groups["name"].Value) : null;
    }

    [GeneratedRegex(@"^(?<step>.+?)\.outputs(\[(?<index>\d{1,6})\])?\.(?<name>[^.]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
