using System.Text.RegularExpressions;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Reads conditions: exactly one operator with its arguments, or <c>and</c>, <c>or</c>, <c>not</c> over others.</summary>
internal sealed partial class ConditionReader(TextEvaluator texts, ProblemBag problems)
{
    // The service refuses more.
    private const int DepthLimit = 4;

    /// <summary>Operators with one argument.</summary>
    public static readonly IReadOnlyList<string> Single = ["stringIsEmpty", "stringIsWhitespace", "binaryExists", "fileExists", "folderExists"];

    /// <summary>Operators that compare their argument with <c>value</c>.</summary>
    public static readonly IReadOnlyList<string> Comparing =
    [
        "stringEquals", "stringLessThan", "stringLessThanEquals", "stringGreaterThan", "stringGreaterThanEquals", "patternMatches",
        "numberEquals", "numberLessThan", "numberLessThanEquals", "numberGreaterThan", "numberGreaterThanEquals",
    ];

    /// <summary>Operators that compare their argument with the digest of the file at <c>path</c>.</summary>
    public static readonly IReadOnlyList<string> Hashing = ["fileMD5Equals", "fileSHA1Equals", "fileSHA256Equals", "fileSHA512Equals"];

    public static readonly IReadOnlyList<string> Logical = ["and", "or", "not"];

    private static readonly string[] s_operators = [.. Single, .. Comparing, .. Hashing, .. Logical];

    /// <summary>What may stand beside the outermost operator, with what is meant without it.</summary>
    public IReadOnlyDictionary<string, string> Beside { get; init; } = new Dictionary<string, string>();

    /// <param name="owner">Whose condition it is, for messages.</param>
    public Condition? Read(string owner, YamlNode node, int depth = 0)
    {
        if (node is not YamlMap map)
        {
            problems.Add(new Problem("IB1320", $"A condition of {owner} must be a map with one operator.", $"Here stands {node.Kind}.",
                "Write e.g. `fileExists: /etc/os-release`.", node.At));
            return null;
        }

        var arguments = map.Entries.Where(e => e.Key.Text is "value" or "path").ToList();
        foreach (var entry in map.Entries.Except(arguments).Where(e => !s_operators.Contains(e.Key.Text) && !IsIdle(e, depth)))
            problems.Add(new Problem("IB1321", $"`{entry.Key.Text}` is not an operator of {owner}.", $"Operators: {string.Join(", ", s_operators)}.",
                Suggestion.Fix(entry.Key.Text, [.. s_operators, .. Beside.Keys]), entry.Key.At));
        var operators = map.Entries.Where(e => s_operators.Contains(e.Key.Text)).ToList();
        if (operators.Count == 1) return Operator(owner, operators[0], arguments, depth);
        if (operators.Count > 1 || map.Entries.Count == arguments.Count)
            problems.Add(new Problem("IB1322", $"A condition of {owner} must have exactly one operator.",
                operators.Count == 0 ? "It has none." : $"It has {string.Join(", ", operators.Select(o => o.Key.Text))}.",
                "Join several with `and:` or `or:`, as a list.", map.At));
        return null;
    }

    // Documents of AWS have `else: Skip` inside of `not`: it says what is done anyway.
    private bool IsIdle(YamlEntry entry, int depth)
    {
        if (depth == 0 || !Beside.TryGetValue(entry.Key.Text, out var anyway) || entry.Value is not YamlScalar scalar || scalar.Text != anyway) return false;
        problems.Add(new Problem("IB1328", $"`{entry.Key.Text}: {anyway}` stands inside of a condition.",
            "It belongs beside the outermost operator, and is what is done anyway.", "Remove it, or move it there.", entry.Key.At, Severity.Warning));
        return true;
    }

    private Condition? Operator(string owner, YamlEntry entry, List<YamlEntry> arguments, int depth)
    {
        var name = entry.Key.Text;
        var wanted = Comparing.Contains(name) ? "value" : Hashing.Contains(name) ? "path" : null;
        foreach (var extra in arguments.Where(a => a.Key.Text != wanted))
            problems.Add(new Problem("IB1323", $"`{name}` takes no `{extra.Key.Text}`.", wanted is null ? "It has one argument." : $"It takes `{wanted}`.",
                wanted is null ? "Remove it." : $"Write `{wanted}: …`.", extra.Key.At));
        if (Logical.Contains(name)) return Junction(owner, name, entry, depth + 1);
        var value = arguments.Find(a => a.Key.Text == wanted)?.Value;
        if (wanted is not null && value is null)
            problems.Add(new Problem("IB1324", $"`{name}` needs `{wanted}`.", "It is what the operator looks at.", $"Add `{wanted}: …` beside it.", entry.Key.At));
        var baseline = Text(name, entry.Value);
        if (name == "patternMatches" && baseline is not null && !Marks.In(baseline)) CheckPattern(baseline, entry.Value.At);
        var looked = value is null ? null : Text($"{wanted} of {name}", value);
        return baseline is null || (wanted is not null && looked is null) ? null : new Condition.Comparison(name, baseline, looked);
    }

    // AWSTOE's patterns are those of Go. Scripts have those of Perl and .NET, which know more, and write few things otherwise.
    private void CheckPattern(string pattern, Place at)
    {
        if (NotOfGo().Match(pattern) is { Success: true } foreign)
            problems.Add(new Problem("IB1317", $"The pattern `{pattern}` is none on EC2 Image Builder.",
                $"Patterns there are those of Go, which have no `{foreign.Groups["what"].Value}`.", "Write it without, or as several conditions.", at, Severity.Warning));
        else if (OnlyOfGo().Match(pattern) is { Success: true } special)
            problems.Add(new Problem("IB1318", $"The pattern `{pattern}` may mean something else here.",
                $"`{special.Value}` is Go's syntax; scripts use grep's patterns on Linux and those of .NET on Windows.",
                "Write e.g. `[A-Za-z]` for `[[:alpha:]]`, `\\p{L}` for `\\pL`, and `\\` before each character for `\\Q…\\E`.", at, Severity.Warning));
    }

    [GeneratedRegex(@"(?<!\\)(\\\\)*(?<what>\(\?<?[=!]|\(\?>|\\[1-9])", RegexOptions.ExplicitCapture)]
    private static partial Regex NotOfGo();

    [GeneratedRegex(@"\[\[:\^?[a-z]+:\]|\\p[A-Z]|\\[QC]|\(\?[a-z]*U", RegexOptions.ExplicitCapture)]
    private static partial Regex OnlyOfGo();

    private Condition? Junction(string owner, string name, YamlEntry entry, int depth)
    {
        if (depth > DepthLimit)
        {
            problems.Add(new Problem("IB1325", $"A condition of {owner} is nested too deeply.", $"At most {DepthLimit} levels of and, or and not are allowed.",
                "Use several steps.", entry.Key.At));
            return null;
        }

        var nodes = entry.Value is YamlList list ? list.Items : [entry.Value];
        if (nodes.Count == 0 || (name == "not" && nodes.Count > 1) || (name != "not" && entry.Value is not YamlList))
        {
            problems.Add(new Problem("IB1326", name == "not" ? "`not` needs one condition." : $"`{name}` needs a list of conditions.",
                $"It has {(entry.Value is YamlList ? nodes.Count : "no list")}.", $"Write each condition as an item below `{name}:`.", entry.Key.At));
            return null;
        }

        var read = nodes.Select(n => Read(owner, n, depth)).ToList();
        if (read.Contains(null)) return null;
        var conditions = read.OfType<Condition>().ToList();
        return name switch { "and" => new Condition.All(conditions), "or" => new Condition.Any(conditions), _ => new Condition.Not(conditions[0]) };
    }

    private string? Text(string name, YamlNode node)
    {
        if (node is YamlScalar scalar) return texts.Evaluate(scalar.IsNull ? "" : scalar.Text, scalar.At);
        problems.Add(new Problem("IB1327", $"The argument of `{name}` must be a single value.", $"Here stands {node.Kind}.", "Write one value.", node.At));
        return null;
    }
}
