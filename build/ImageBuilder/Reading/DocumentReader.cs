using System.Globalization;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Reads component documents (AWSTOE schema 1.0), and says everything that is wrong with one at once.</summary>
public sealed class DocumentReader(ProblemBag problems)
{
    private static readonly string[] s_keys = ["schemaVersion", "name", "description", "parameters", "constants", "phases"];
    private static readonly string[] s_phaseKeys = ["name", "steps"];
    private static readonly string[] s_stepKeys = ["name", "action", "timeoutSeconds", "onFailure", "maxAttempts", "if", "loop", "inputs"];

    /// <summary>Characters that the service takes in the request that creates a component.</summary>
    private const int InlineLimit = 16_000;

    /// <summary>Every key, as the reference page names them.</summary>
    internal static IEnumerable<string> Keys =>
        [.. s_keys, .. ParameterReader.Keys, .. s_phaseKeys.Select(k => $"phases[].{k}"), .. s_stepKeys.Select(k => $"phases[].steps[].{k}")];

    /// <summary>True for a document that a step runs: whatever its phases are called, they are run.</summary>
    public bool RunsAllPhases { get; init; }

    /// <summary>Reads a document of the repository; null when a problem made it useless.</summary>
    public ComponentDocument? ReadFile(string path, string shown)
    {
        if (YamlReader.ReadFile(path, shown, YamlReader.DocumentLimit, problems) is not { } root) return null;
        if (new FileInfo(path).Length > InlineLimit && File.ReadAllText(path).Length is > InlineLimit and var length)
            problems.Add(new Problem("IB1208", $"The document has {length} characters.",
                $"EC2 Image Builder takes documents of more than {InlineLimit} from S3 only; here it is no matter.",
                "Move long texts into files of the component if it is to be created there.", new Place(shown), Severity.Warning));
        return Read(root);
    }

    /// <summary>Reads a document that is no file; null when a problem made it useless.</summary>
    public ComponentDocument? ReadText(string text, string shown) =>
        YamlReader.Read(text, shown, YamlReader.DocumentLimit, problems) is { } root ? Read(root) : null;

    public ComponentDocument? Read(YamlNode root)
    {
        if (MapReader.For(root, "a component document", problems) is not { } map) return null;
        map.CheckKeys(s_keys);
        CheckSchema(map);
        var names = new ParameterReader(problems);
        return new ComponentDocument(root.At.File, map.Text("name") ?? "", map.Text("description") ?? "",
            names.Parameters(map.Items("parameters")), names.Constants(map.Items("constants")), Phases(map));
    }

    private void CheckSchema(MapReader map)
    {
        if (map.Single("schemaVersion", required: true) is { } schema
            && !(decimal.TryParse(schema.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number == 1))
            problems.Add(new Problem("IB1201", $"Schema version `{schema.Text}` of component documents is not known.",
                "The one that exists is 1.0.", "Write `schemaVersion: 1.0`.", schema.At));
    }

    private List<DocumentPhase> Phases(MapReader map)
    {
        var phases = new List<DocumentPhase>();
        foreach (var item in map.Items("phases", required: true))
        {
            if (MapReader.For(item, "a phase", problems) is not { } phase) continue;
            phase.CheckKeys(s_phaseKeys);
            var name = Name(phase, "phase", phases.Select(p => (p.Name, p.At)));
            phases.Add(new DocumentPhase(name ?? "", Steps(phase), item.At));
        }

        if (RunsAllPhases) return phases;
        if (map.Map.Find("phases") is { Value: YamlList } entry && !phases.Exists(p => p.IsRun || p.Name.Length == 0))
            problems.Add(new Problem("IB1202", "The document has none of the phases build, validate and test.",
                phases.Count == 0 ? "Without one nothing is run." : $"It has {string.Join(", ", phases.Select(p => p.Name))}; no image runs these.",
                "Name a phase `build`, `validate` or `test`.", entry.Value.At));
        foreach (var other in phases.Where(p => !p.IsRun && p.Name.Length > 0))
            problems.Add(new Problem("IB1203", $"The phase `{other.Name}` is kept but not run.", "Images run build, validate and test.",
                Suggestion.For(other.Name, ["build", "validate", "test"]) is { } near ? $"Did you mean `{near}`?" : "Nothing is to be done if that is meant.",
                other.At, Severity.Warning));
        return phases;
    }

    private List<DocumentStep> Steps(MapReader phase)
    {
        var steps = new List<DocumentStep>();
        foreach (var item in phase.Items("steps", required: true))
        {
            if (MapReader.For(item, "a step", problems) is not { } step) continue;
            step.CheckKeys(s_stepKeys);
            var name = Name(step, "step", steps.Select(s => (s.Name, s.At)));
            var action = step.Single("action", required: true);
            var timeout = step.Whole("timeoutSeconds", n => n is -1 or (> 0 and <= int.MaxValue), "a number of seconds from 1, or -1 for no limit");
            var attempts = step.Whole("maxAttempts", n => n is > 0 and <= int.MaxValue, "a whole number from 1");
            var onFailure = step.Choice("onFailure", Enum.GetNames<OnFailure>());
            if (name is null || action is null) continue;
            steps.Add(new DocumentStep(name, action.Text, action.At, (int?)timeout, onFailure is null ? OnFailure.Abort : Enum.Parse<OnFailure>(onFailure),
                (int?)attempts, step.Node("inputs"), item.At)
            {
                If = step.Node("if", filled: true),
                Loop = step.Node("loop", filled: true),
            });
        }

        return steps;
    }

    private string? Name(MapReader map, string what, IEnumerable<(string Name, Place At)> before)
    {
        if (map.Single("name", required: true) is not { } name) return null;
        if (name.Text.Any(char.IsControl))
            problems.Add(new Problem("IB1204", $"The name of a {what} holds control characters.", "It must fit on one line of a report.",
                "Write it without line breaks and tabs.", name.At));
        else if (!name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            problems.Add(new Problem("IB1215", $"EC2 Image Builder refuses the {what} name `{name.Text}`.", "It takes letters, digits, `-` and `_`; here it is no matter.",
                $"Write e.g. `{string.Concat(name.Text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'))}`.", name.At, Severity.Warning));
        foreach (var other in before)
            if (other.Name == name.Text)
                problems.Add(new Problem("IB1205", $"The {what} name `{name.Text}` stands twice.",
                    $"Line {other.At.Line} has it already; expressions could not tell them apart.", "Give each its own name.", name.At));
        return name.Text;
    }
}
