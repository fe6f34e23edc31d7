using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>Binds one document by itself, with the values and the phases that the command line names.</summary>
internal sealed class TrialBinder(IReadOnlyList<IActionModule> modules, string platform, Cloud cloud, ProblemBag problems)
{
    private const string CommandLine = "--parameters";

    private static readonly string[] s_phases = [DocumentPhase.Build, DocumentPhase.Validate, DocumentPhase.Test];

    public BoundComponent? Bind(TrialRequest request)
    {
        if (new DocumentReader(problems).ReadFile(request.Document, request.Shown) is not { } document) return null;
        CheckPhases(request, document);
        var folder = Path.GetDirectoryName(request.Document)!; // a file lies in a folder
        var files = new ComponentFiles(folder, folder);
        var parameters = Parameters(request, document);
        var values = parameters.Concat(document.Constants.Select(c => KeyValuePair.Create(c.Name, c.Value)))
            .DistinctBy(v => v.Key).ToDictionary(v => v.Key, v => v.Value);
        var (marks, wanted) = (new Marks(), request.Phases.Count > 0 ? request.Phases : s_phases);
        var binder = new DocumentBinder(modules, platform, problems) { Cloud = cloud.Parameters, Documents = cloud.Documents, Runs = wanted.Contains };
        var steps = binder.Bind(document, values, files, marks);
        if (problems.HasErrors) return null;
        var (name, version) = NameOf(request);
        return new BoundComponent(new PlannedComponent(name, version, folder, Digests.OfFile(request.Document), parameters)
        {
            DocumentFile = request.Document,
            Title = document.Name,
            Description = document.Description,
        }, steps, marks);
    }

    private void CheckPhases(TrialRequest request, ComponentDocument document)
    {
        var known = document.Phases.Select(p => p.Name).ToList();
        foreach (var phase in request.Phases.Where(p => !known.Contains(p)))
            problems.Add(new Problem("IB1261", $"The document has no phase `{phase}`.", $"It has {string.Join(", ", known)}.", Suggestion.Fix(phase, known),
                new Place(request.Shown)));
    }

    private Dictionary<string, string> Parameters(TrialRequest request, ComponentDocument document)
    {
        var known = document.Parameters.Select(p => p.Name).ToList();
        foreach (var (name, _) in request.Parameters.Where(g => !known.Contains(g.Key)))
            problems.Add(new Problem("IB1262", $"The document has no parameter `{name}`: the value is ignored.",
                known.Count == 0 ? "It has none." : $"It has {string.Join(", ", known)}.", Suggestion.Fix(name, known), new Place(CommandLine), Severity.Warning));
        var values = new Dictionary<string, string>();
        foreach (var parameter in document.Parameters)
        {
            var given = request.Parameters.LastOrDefault(g => g.Key == parameter.Name).Value;
            if (given is not null) ParameterValue.Check(parameter, given, new Place(CommandLine), problems);
            else if (parameter.Default is null)
                problems.Add(new Problem("IB1263", $"The document needs a value for `{parameter.Name}`.",
                    $"The parameter has no default{(parameter.Description.Length > 0 ? $": {parameter.Description}" : ".")}",
                    $"Add --parameters={parameter.Name}=…", parameter.At));
            values[parameter.Name] = given ?? parameter.Default ?? Marks.Unknown;
        }

        return values;
    }

    // A component of a repository has its name and version; any other document that of its file.
    private static (string Name, string Version) NameOf(TrialRequest request) =>
        Path.GetRelativePath(request.Request.Repository, request.Document).Split('/') is ["components", var name, var version, _]
            && VersionNumber.TryParse(version) is not null ? (name, version) : (Path.GetFileNameWithoutExtension(request.Document), "");
}
