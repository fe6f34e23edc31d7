using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>Reads and binds the documents that steps run.</summary>
/// <param name="frame">Of the document whose steps these are.</param>
internal sealed class NestedBinder(DocumentBinder binder, ComponentFiles files, Marks marks, Frame frame, ProblemBag problems)
{
    /// <summary>One document, or one for each iteration when its name or parameters depend on it; none when there are problems.</summary>
    public IReadOnlyList<BoundDocument> Bind(DocumentPhase phase, DocumentStep step, IReadOnlyList<ActionEntry> entries, Iterations? iterations)
    {
        if (step.TimeoutSeconds is not (null or -1) || step.MaxAttempts is not (null or 1))
            problems.Add(new Problem("IB1240", $"`{step.Action}` takes neither `timeoutSeconds` nor `maxAttempts`.", "The steps of the document have their own.",
                "Remove them here, or set them in the document.", step.At));
        if (entries is not [var entry] || entry.Text("document") is not { } name) return [];
        var parameters = entry.Values.GetValueOrDefault("parameters") as IReadOnlyList<NamedValue> ?? [];
        if (iterations is null || !parameters.Select(p => p.Value).Append(name).Any(Marks.Open))
            return Bind(phase, step, entry, name, parameters) is { } one ? [one] : [];
        var values = parameters.Select(p => iterations.Each(p.Value)).ToList();
        return
        [
            .. iterations.Each(name).Select((n, i) => Bind(phase, step, entry, n, [.. parameters.Select((p, at) => p with { Value = values[at][i] })])).OfType<BoundDocument>(),
        ];
    }

    private BoundDocument? Bind(DocumentPhase phase, DocumentStep step, ActionEntry entry, string name, IReadOnlyList<NamedValue> parameters)
    {
        var before = problems.All.Count;
        if (Read(name, entry) is not var (called, document) || problems.All.Skip(before).Any(p => p.Severity == Severity.Error)) return null;
        var runs = Phases(document, entry);
        var inner = new Frame($"{frame.Outer}{phase.Name}.{step.Name}/", [.. frame.Files, called], runs, OneSession: true);
        var steps = binder.Bind(document, Values(document, parameters, entry), files, marks, inner);
        return new BoundDocument(document, [.. document.Phases.Where(p => runs(p.Name)).Select(p => (p.Name, (IReadOnlyList<BoundStep>)[.. steps.Where(s => s.Phase == p.Name)]))]);
    }

    /// <summary>The document and how those around it are told apart from it; null when it cannot be had, or not yet.</summary>
    private (string Called, ComponentDocument Document)? Read(string name, ActionEntry entry)
    {
        var at = entry.PlaceOf("document");
        if (!IsKnown("document", name, at)) return null;
        if (CloudDocuments.IsNamed(name)) return IsNew(name, at) && FromCloud(name, entry) is { } found ? (name, found) : null;
        if (File(name, at) is not { } file || !IsNew(file.Name, at)) return null;
        return Reader.ReadFile(files.PathOf(file), file.Source) is { } document ? (file.Name, document) : null;
    }

    private DocumentReader Reader => new(problems) { RunsAllPhases = true };

    private ComponentDocument? FromCloud(string name, ActionEntry entry)
    {
        var owner = entry.Text("document-s3-bucket-owner") is { Length: > 0 } account && IsKnown("document-s3-bucket-owner", account, entry.At) ? account : null;
        if (binder.Documents?.Find(name, owner) is not { } answer) return null;
        if (answer.Problem is { } problem) problems.Add(problem with { At = entry.PlaceOf("document") });
        return answer.Text is { } text ? Reader.ReadText(text, name) : null;
    }

    // A document that is only checked may have been copied without what belongs to it.
    private Severity Missing => binder.OnlyChecks ? Severity.Warning : Severity.Error;

    private StepFile? File(string name, Place at)
    {
        if (name is ['/' or '\\', ..])
            problems.Add(new Problem("IB1242", $"The document `{name}` is not a file of the component.",
                "What a step runs must be known, and stay the same, from the plan on: documents in images are not read.",
                "Copy it into the component's folder and name it relative to that, or name it in S3.", at, Missing));
        else if (files.Find(name) is not [var file])
            problems.Add(new Problem("IB1243", $"The component has no document `{name}`.", "It is looked for in the component's folder.",
                Suggestion.For(ComponentFiles.Normal(name), files.Names) is { } near ? $"Did you mean `{near}`?" : "Add the file.", at, Missing));
        else return file;
        return null;
    }

    // Neither around itself, nor deeper than documents may stand.
    private bool IsNew(string name, Place at)
    {
        if (frame.Files.Contains(name))
            problems.Add(new Problem("IB1244", $"The document `{name}` runs itself.", $"{string.Join(" → ", frame.Files)} → {name}",
                "Remove the step that closes the circle.", at));
        else if (frame.Depth == Frame.DepthLimit)
            problems.Add(new Problem("IB1245", $"The document `{name}` is nested too deeply.",
                $"{string.Join(" → ", frame.Files)} → {name}: at most {Frame.DepthLimit} documents may stand below the top one.", "Join two of them.", at));
        else return true;
        return false;
    }

    private bool IsKnown(string input, string text, Place at)
    {
        if (!Marks.In(text)) return true;
        if (text != Marks.Unknown)
            problems.Add(new Problem("IB1241", $"`{input}` is not known before anything runs: {marks.Show(text)}",
                "The document's steps are part of the plan; outputs of earlier steps come too late for that.", "Write the value, or use a parameter.", at));
        return false;
    }

    private Func<string, bool> Phases(ComponentDocument document, ActionEntry entry)
    {
        if (entry.Text("phases") is not { } list || !IsKnown("phases", list, entry.PlaceOf("phases"))) return _ => true;
        var wanted = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var known = document.Phases.Select(p => p.Name).ToList();
        foreach (var missing in wanted.Except(known))
            problems.Add(new Problem("IB1246", $"The document `{document.File}` has no phase `{missing}`.", $"It has {string.Join(", ", known)}.",
                Suggestion.Fix(missing, known), entry.PlaceOf("phases")));
        return wanted.Length == 0 ? _ => true : wanted.Contains;
    }

    private Dictionary<string, string> Values(ComponentDocument document, IReadOnlyList<NamedValue> given, ActionEntry entry)
    {
        foreach (var twice in given.GroupBy(g => g.Name).Where(g => g.Count() > 1))
            problems.Add(new Problem("IB1247", $"The parameter `{twice.Key}` is given twice.", "Only one of the values could count.", "Remove one.", twice.Last().At));
        var known = document.Parameters.Select(p => p.Name).ToList();
        foreach (var unknown in given.Where(g => !known.Contains(g.Name)))
            problems.Add(new Problem("IB1248", $"The document `{document.File}` has no parameter `{unknown.Name}`.",
                $"The value is ignored. The document has {(known.Count == 0 ? "none" : string.Join(", ", known))}.",
                Suggestion.Fix(unknown.Name, known), unknown.At, Severity.Warning));
        var values = new Dictionary<string, string>();
        foreach (var parameter in document.Parameters)
        {
            var value = given.FirstOrDefault(g => g.Name == parameter.Name);
            if (value is not null && !Marks.In(value.Value)) ParameterValue.Check(parameter, value.Value, value.At, problems);
            else if (value is null && parameter.Default is null)
                problems.Add(new Problem("IB1249", $"The document `{document.File}` needs a value for `{parameter.Name}`.",
                    $"The parameter has no default{(parameter.Description.Length > 0 ? $": {parameter.Description}" : ".")}",
                    $"Add `{{ name: {parameter.Name}, value: … }}` to `parameters`.", entry.PlaceOf("parameters")));
            values[parameter.Name] = value?.Value ?? parameter.Default ?? Marks.Unknown;
        }

        foreach (var constant in document.Constants) values[constant.Name] = constant.Value;
        return values;
    }
}
