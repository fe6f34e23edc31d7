using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Reads the <c>loop</c> of a step.</summary>
internal sealed class LoopReader(TextEvaluator texts, Marks marks, ProblemBag problems)
{
    private static readonly string[] s_keys = ["name", "for", "forEach"];
    private static readonly string[] s_rangeKeys = ["start", "end", "updateBy"];
    private static readonly string[] s_listKeys = ["list", "delimiter"];

    private readonly Dictionary<string, Place> _names = [];

    /// <summary>Every key, as the reference page names them.</summary>
    internal static IEnumerable<string> Keys =>
        [.. s_keys, .. s_rangeKeys.Select(k => $"for.{k}"), .. s_listKeys.Select(k => $"forEach.{k}")];

    /// <summary>Names of loops may be used again from here on.</summary>
    public void EnterPhase() => _names.Clear();

    /// <summary>Null when a problem made it useless.</summary>
    public StepLoop? Read(YamlNode node)
    {
        if (MapReader.For(node, "`loop`", problems) is not { } map) return null;
        map.CheckKeys(s_keys);
        var name = Name(map);
        var (range, each) = (map.Node("for"), map.Node("forEach"));
        if (range is not null && each is null) return Range(range) is { } numbers ? new StepLoop(name, For: numbers) : null;
        if (range is null && each is YamlList list) return new StepLoop(name, ForEach: Items(list));
        if (range is null && each is not null) return Delimited(name, each);
        problems.Add(new Problem("IB1220", "A loop needs one of `for` and `forEach`.", range is null ? "It has neither." : "It has both.",
            "Write `for: { start: 1, end: 3, updateBy: 1 }` or `forEach: [a, b]`.", node.At));
        return null;
    }

    private string Name(MapReader map)
    {
        if (map.Single("name") is not { Text.Length: > 0 } name) return "";
        if (!name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            problems.Add(new Problem("IB1221", $"`{name.Text}` cannot be the name of a loop.", "Expressions could not name it: they take letters, digits, `_` and `-`.",
                "Choose another name.", name.At));
        else if (!_names.TryAdd(name.Text, name.At))
            problems.Add(new Problem("IB1222", $"The loop name `{name.Text}` stands twice in this phase.", $"Line {_names[name.Text].Line} has it already.",
                "Give each loop its own name.", name.At));
        return name.Text;
    }

    private LoopRange? Range(YamlNode node)
    {
        if (MapReader.For(node, "`for`", problems) is not { } map) return null;
        map.CheckKeys(s_rangeKeys);
        var numbers = s_rangeKeys.Select(key => Number(map, key)).ToList();
        if (numbers is not [{ } start, { } end, { } by]) return null;
        var range = new LoopRange(start, end, by);
        if (range.Ends) return range;
        problems.Add(new Problem("IB1223", "The loop never ends.",
            by == 0 ? $"`updateBy: 0` stays at {start}." : $"From {start}, steps of {by} never reach {end}.",
            $"Write `updateBy: {(start <= end ? Math.Max(1, Math.Abs(by)) : -Math.Max(1, Math.Abs(by)))}`, or exchange `start` and `end`.", node.At));
        return null;
    }

    private long? Number(MapReader map, string key)
    {
        if (map.Single(key, required: true) is not { } scalar) return null;
        var text = texts.Evaluate(scalar.Text, scalar.At);
        if (YamlValues.Whole(text) is { } number) return number;
        if (text != Marks.Unknown)
            problems.Add(new Problem("IB1224", $"`{marks.Show(text)}` is not a value for `{key}` of `for`.",
                Marks.In(text) ? "Outputs of earlier steps come too late: the loop must be known to end before anything runs." : "Expected is a whole number.",
                Marks.In(text) ? "Use `forEach: { list: … }`, whose items may be outputs." : "Write a whole number.", scalar.At));
        return null;
    }

    private List<Script> Items(YamlList list)
    {
        var items = new List<Script>();
        foreach (var item in list.Items)
            if (item is YamlScalar scalar) items.Add(Text(scalar));
            else problems.Add(MapReader.WrongKind("an item of `forEach`", "a single value", item));
        return items;
    }

    private StepLoop? Delimited(string name, YamlNode node)
    {
        if (MapReader.For(node, "`forEach` (a list, or a map with `list` and `delimiter`)", problems) is not { } map) return null;
        map.CheckKeys(s_listKeys);
        var delimiter = map.Single("delimiter") is { } scalar ? Delimiter(scalar) : ',';
        if (map.Single("list", required: true) is not { } list || delimiter is not { } character) return null;
        var text = texts.Evaluate(list.Text, list.At);
        return Marks.In(text) ? new StepLoop(name, List: new LoopList(marks.Split(text), character))
            : new StepLoop(name, ForEach: [.. LoopList.Cut(text, character).Select(Script.Of)]);
    }

    private char? Delimiter(YamlScalar scalar)
    {
        // In single quotes, YAML leaves the backslash as it is.
        var text = scalar.Text switch { "\\n" => "\n", "\\t" => "\t", _ => scalar.Text };
        if (text.Length == 1 && LoopList.Delimiters.Contains(text[0], StringComparison.Ordinal)) return text[0];
        problems.Add(new Problem("IB1225", $"`{scalar.Text}` cannot be the delimiter of a list.",
            $"It is one character of: {string.Join(' ', LoopList.Delimiters.Select(c => c == ' ' ? "space" : LoopList.Shown(c)))}.",
            "Write one of them, in quotes.", scalar.At));
        return null;
    }

    private Script Text(YamlScalar scalar) => marks.Split(texts.Evaluate(scalar.IsNull ? "" : scalar.Text, scalar.At));
}
