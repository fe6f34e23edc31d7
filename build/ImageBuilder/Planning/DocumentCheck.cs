using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>Checks component documents by themselves: no recipe gives values to their parameters, and nothing is rendered.</summary>
public sealed class DocumentCheck
{
    public IReadOnlyList<IActionModule> Actions { get; init; } = Catalog<IActionModule>.All;

    /// <summary>Everything that is wrong with one document, in the order of its lines.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="shown">How problems name it.</param>
    /// <param name="platform">What it must run on; null: any one platform.</param>
    public IReadOnlyList<Problem> Check(string path, string shown, string? platform)
    {
        var problems = new ProblemBag();
        if (new DocumentReader(problems).ReadFile(path, shown) is { } document)
        {
            var values = document.Parameters.Select(p => (p.Name, Value: p.Default ?? Marks.Unknown))
                .Concat(document.Constants.Select(c => (c.Name, c.Value))).DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Value);
            var folder = Path.GetDirectoryName(path)!; // a file lies in a folder
            new DocumentBinder(Actions, platform ?? Platform(document, problems), problems) { OnlyChecks = true }
                .Bind(document, values, new ComponentFiles(folder, folder), new Marks());
        }

        return [.. problems.All.Distinct().OrderBy(p => p.At?.Line).ThenBy(p => p.At?.Column)];
    }

    // One document runs on one machine: actions that no platform has all of cannot all be meant.
    private string? Platform(ComponentDocument document, ProblemBag problems)
    {
        IReadOnlyList<string> possible = ["Linux", "Windows", "macOS"];
        DocumentStep? narrow = null;
        foreach (var step in document.Phases.SelectMany(p => p.Steps))
        {
            if (Actions.FirstOrDefault(a => a.Name == step.Action)?.Platforms is not { } platforms) continue;
            List<string> left = [.. possible.Intersect(platforms)];
            if (left.Count == 0)
            {
                problems.Add(new Problem("IB1209", $"The document mixes actions of several platforms: `{step.Action}` and `{narrow!.Action}`.", // only a step narrows
                    $"{step.Action} runs on {string.Join(", ", platforms)}; with {narrow.Action} in line {narrow.ActionAt.Line} only {string.Join(", ", possible)} "
                    + "is left.", "Write a document for each platform, or name the one that is meant with --platform=.", step.ActionAt, Severity.Warning));
                return null;
            }

            if (left.Count < possible.Count) (possible, narrow) = (left, step);
        }

        var inputs = document.Phases.SelectMany(p => p.Steps).Select(s => s.Inputs).ToList();
        if (!possible.Contains("Windows") || !inputs.Any(PathKinds.HasDrive)) return possible[0];
        // With paths of both kinds it shows what can be written, as samples do, and is for no one platform.
        return possible.Count > 1 && inputs.Any(PathKinds.HasRooted) ? null : "Windows";
    }
}
