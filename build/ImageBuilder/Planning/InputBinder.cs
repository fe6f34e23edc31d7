using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Checks the inputs of a step against its module's table, and turns them into what templates see.</summary>
/// <param name="iterations">Those of the step's loop; null without one, and where they are not known.</param>
/// <param name="isFree">True for expressions that may stand for anything.</param>
internal sealed class InputBinder(
    TextEvaluator texts, ComponentFiles files, FileTemplates templates, string platform, Iterations? iterations, Func<Expression, bool> isFree, ProblemBag problems)
{
    private static readonly string[] s_namedKeys = ["name", "value"];

    private readonly Dictionary<string, StepFile> _used = [];
    private readonly List<LateChoice> _choices = [];
    private int _number;

    /// <summary>True when nothing will be run: the document may have been copied without its files.</summary>
    public bool OnlyChecks { get; init; }

    /// <summary>The component's own files that the inputs named, by name.</summary>
    public IReadOnlyList<StepFile> Files => [.. _used.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>The inputs that are only known when the step runs, and decide what its script does.</summary>
    public IReadOnlyList<LateChoice> Choices => _choices;

    public IReadOnlyList<ActionEntry> Bind(IActionModule module, DocumentStep step)
    {
        var entries = Maps(module, step).Select(map => Entry(module, map)).ToList();
        if (entries.Count == 0 && module.Form == InputForm.OptionalMap) entries.Add(Entry(module, new YamlMap([], step.At)));
        return entries;
    }

    private IEnumerable<YamlMap> Maps(IActionModule module, DocumentStep step)
    {
        switch (module.Form, step.Inputs)
        {
            case (InputForm.OptionalMap, null):
                return [];
            case (_, null):
                problems.Add(new Problem("IB1301", $"The step `{step.Name}` needs `inputs`.", $"{module.Name} cannot work without: {Required(module)}.",
                    "Add `inputs:` with them.", step.At));
                return [];
            case (InputForm.List, YamlList { Items.Count: > 0 } list):
                foreach (var item in list.Items)
                    if (item is not YamlMap) problems.Add(WrongForm(module, "a list of maps", item));
                return list.Items.OfType<YamlMap>();
            case (InputForm.Map or InputForm.OptionalMap, YamlMap map):
                return [map];
            default:
                problems.Add(WrongForm(module, module.Form == InputForm.List ? "a list of maps, each item beginning with `- `" : "one map of keys", step.Inputs));
                return [];
        }
    }

    private static string Required(IActionModule module) => string.Join(", ", module.Inputs.Where(i => i.Required).Select(i => i.Name));

    private static Problem WrongForm(IActionModule module, string expected, YamlNode node) => new("IB1302",
        $"The inputs of {module.Name} must be {expected}.", $"Here stands {node.Kind}.", $"Write {expected}.", node.At);

    private ActionEntry Entry(IActionModule module, YamlMap map)
    {
        var values = new Dictionary<string, object>();
        var given = new Dictionary<string, string>();
        var places = new Dictionary<string, Place>();
        var condition = module.Inputs.FirstOrDefault(i => i.Type == InputType.Condition);
        if (condition is null) CheckKeys(module, map);
        foreach (var input in module.Inputs)
        {
            var node = input == condition ? map : map.Find(input.Name)?.Value;
            if (node is null || node.IsNull)
            {
                if (input.Required)
                    problems.Add(new Problem("IB1303", $"{module.Name} needs the input `{input.Name}`.", "It is missing or has no value.",
                        $"Add `{input.Name}: …` ({input.Summary})", map.At));
                else if (input.Default is not null) values[input.Name] = input.Default;
                continue;
            }

            places[input.Name] = node.At;
            if (input.NotOnWindows && platform == "Windows")
                problems.Add(new Problem("IB1309", $"`{input.Name}` of {module.Name} does not exist on Windows.", "Files there have no such owners and permission bits.",
                    "Remove it, or set access in an ExecutePowerShell step.", node.At));
            if (Value(module, input, node, given) is { } value) values[input.Name] = value;
        }

        var later = given.Where(g => Marks.Open(g.Value)).Select(g => g.Key).ToHashSet();
        var entry = new ActionEntry(platform, values, given, later, places, map.At);
        module.Check(entry, problems);
        _number++;
        return entry;
    }

    private void CheckKeys(IActionModule module, YamlMap map)
    {
        var known = module.Inputs.Select(i => i.Name).ToList();
        foreach (var (key, _) in map.Entries)
            if (!known.Contains(key.Text))
                problems.Add(new Problem("IB1304", $"`{key.Text}` is not an input of {module.Name}.", $"It takes: {string.Join(", ", known)}.",
                    Suggestion.Fix(key.Text, known), key.At));
    }

    private object? Value(IActionModule module, ActionInput input, YamlNode node, Dictionary<string, string> given)
    {
        switch (input.Type)
        {
            case InputType.Condition:
                var condition = new ConditionReader(texts, problems).Read(module.Name, node);
                foreach (var (key, shown) in condition?.Keys ?? []) given[key] = shown;
                return condition;
            case InputType.Pairs:
                return Pairs(module, input, node);
            case InputType.NamedValues:
                return NamedValues(module, input, node);
            case InputType.Texts or InputType.Values or InputType.Commands:
                var items = Items(module, input, input.Type == InputType.Values && node is YamlScalar ? new YamlList([node], node.At) : node);
                if (input.Type == InputType.Commands && node is YamlList commands) CheckQuotes(commands);
                if (items is not null) given[input.Name] = string.Join('\n', items);
                return input.Type != InputType.Commands ? items : items is null ? null : string.Join('\n', items);
            default:
                if (node is not YamlScalar scalar)
                {
                    problems.Add(WrongKind(module, input, "a single value", node));
                    return null;
                }

                var text = given[input.Name] = texts.Evaluate(scalar.Text, scalar.At);
                return Single(module, input, text, scalar.At);
        }
    }

    private List<string>? Items(IActionModule module, ActionInput input, YamlNode node)
    {
        var expected = input.Type == InputType.Values ? "a text, or a list of texts" : "a list of texts, each item beginning with `- `";
        var items = new List<string>();
        foreach (var item in (node as YamlList)?.Items ?? [])
            if (item is YamlScalar scalar) items.Add(texts.Evaluate(scalar.Text, item.At));
            else problems.Add(WrongKind(module, input, "a list of texts", item));
        if (node is YamlList) return items;
        problems.Add(WrongKind(module, input, expected, node));
        return null;
    }

    private List<NamedValue>? Pairs(IActionModule module, ActionInput input, YamlNode node)
    {
        if (node is not YamlMap map)
        {
            problems.Add(WrongKind(module, input, "a map of names to values", node));
            return null;
        }

        var pairs = new List<NamedValue>();
        foreach (var (key, value) in map.Entries)
            if (value is YamlScalar scalar) pairs.Add(new NamedValue(key.Text, scalar.IsNull ? "" : texts.Evaluate(scalar.Text, value.At), key.At));
            else problems.Add(WrongKind(module, input, "a map of names to single values", value));
        return pairs;
    }

    private List<NamedValue> NamedValues(IActionModule module, ActionInput input, YamlNode node)
    {
        const string expected = "a list of maps with `name` and `value`";
        var values = new List<NamedValue>();
        if (node is not YamlList) problems.Add(WrongKind(module, input, expected, node));
        foreach (var item in (node as YamlList)?.Items ?? [])
        {
            if (MapReader.For(item, $"an item of `{input.Name}` of {module.Name}", problems) is not { } map) continue;
            map.CheckKeys(s_namedKeys);
            if (map.Single("name", required: true) is { } name && map.Single("value", required: true) is { } value)
                values.Add(new NamedValue(name.Text, texts.Evaluate(value.Text, value.At), name.At));
        }

        return values;
    }

    // What stands in quotes can still be misused, but an ordinary value with blanks or semicolons arrives.
    private void CheckQuotes(YamlList commands)
    {
        var reader = new CommandText(Shells.Of(platform));
        foreach (var item in commands.Items.OfType<YamlScalar>())
            foreach (var expression in reader.Unquoted(item.Text).Where(isFree).DistinctBy(e => e.Source))
                problems.Add(new Problem("IB1415", $"`{expression.Source}` stands outside quotes in a script.",
                    "Its value becomes script there: blanks cut it, and `; rm -rf x` would be run.",
                    $"Write `'{expression.Source}'`, or give the parameter `allowedValues` or the type integer.", item.At, Severity.Warning));
    }

    private static Problem WrongKind(IActionModule module, ActionInput input, string expected, YamlNode node) => new("IB1305",
        $"`{input.Name}` of {module.Name} must be {expected}.", $"Here stands {node.Kind}.", $"Write {expected}.", node.At);

    private object? Single(IActionModule module, ActionInput input, string text, Place at)
    {
        var (value, expected) = input.Type switch
        {
            InputType.Text => (text, ""),
            InputType.Path => (text.Length > 0 ? text : null, "a path"),
            InputType.SourcePath => (text.Length > 0 ? Source(text, at) : null, "a path"),
            InputType.Address => (Marks.In(text) ? text : InputConversion.Address(text), "an http or https address"),
            InputType.ObjectAddress => (Marks.In(text) || ObjectAddress.TryParse(text) is not null ? text : null, "an address s3://bucket/key"),
            InputType.Permissions => (Marks.In(text) ? text : InputConversion.Permissions(text), "permission bits in octal, e.g. \"0644\""),
            InputType.Encoding => (InputConversion.Encoding(text), "one of utf-8, utf-16, utf-16-LE, utf-16-BE, utf-32, utf-32-LE, utf-32-BE"),
            InputType.Boolean => (InputConversion.Boolean(text), "true or false"),
            InputType.Number => (InputConversion.Number(text), "a whole number from 0"),
            InputType.Choice => (input.Choices!.FirstOrDefault(c => c.Equals(text, StringComparison.OrdinalIgnoreCase)), // a choice has choices
                $"one of {string.Join(", ", input.Choices!)}"),
            _ => throw new InvalidOperationException($"{input.Type} is not a type of single values."),
        };
        if (value is not null) return value;
        if (text == Marks.Unknown) return input.Default;
        if (Marks.In(text) && input.Type is InputType.Encoding or InputType.Boolean or InputType.Number or InputType.Choice)
            return Late(module, input, text, expected, at);
        problems.Add(new Problem("IB1307", $"`{text}` is not a value for `{input.Name}` of {module.Name}.", $"Expected is {expected}.", $"Write {expected}.", at));
        return null;
    }

    // What a loop goes through is looked at now, where it is known; all else when the step runs.
    private string Late(IActionModule module, ActionInput input, string text, string expected, Place at)
    {
        foreach (var each in iterations?.Each(text).Distinct().Where(t => !Marks.In(t)) ?? []) Single(module, input, each, at);
        var choice = new LateChoice(string.Create(CultureInfo.InvariantCulture, $"{input.Name}{_number}"), module.Name, input, text, expected);
        _choices.Add(choice);
        return Marks.Variable(choice.Variable);
    }

    // A relative path would depend on where the step happens to run; here it names a file of the component itself.
    private string Source(string path, Place at)
    {
        var each = Marks.In(path) ? iterations?.Each(path).Distinct().ToList() ?? [] : [path];
        var relative = each.Where(p => !Marks.In(p) && p.Length > 0 && !IsWhole(p)).ToList();
        if (relative.Count == 0) return path;
        foreach (var one in relative) Use(one, path, at);
        if (relative.Count < each.Count)
            problems.Add(new Problem("IB1319", $"The source names files of the component and paths of the image: {string.Join(", ", each)}.",
                "One script is made for all iterations, and it has to know which of the two it is.", "Write a step for each.", at));
        return $"{Marks.FilesFolder}/{FileTemplates.Stripped(ComponentFiles.Normal(path))}";
    }

    private void Use(string path, string written, Place at)
    {
        var found = files.Find(path);
        foreach (var file in found)
        {
            if (Marks.In(written) && FileTemplates.IsTemplate(file.Name) && !FileTemplates.IsTemplate(written))
                problems.Add(new Problem("IB1253", $"`{file.Name}` is a template, and the loop's values hold its ending.",
                    $"The step gets the file without `{FileTemplates.Ending}`, and its script has to know the name.",
                    $"Write `{FileTemplates.Ending}` at the end of `source`, and leave it out of the values.", at));
            else if (templates.Render(file) is { } rendered && !_used.TryAdd(rendered.Name, rendered) && _used[rendered.Name] != rendered)
                problems.Add(new Problem("IB1254", $"Two files of the component would be `{rendered.Name}`.",
                    $"{_used[rendered.Name].Source} and {rendered.Source}: a template loses its ending.", "Rename one of them, or name one of them only.", at));
        }

        if (found.Count == 0)
            problems.Add(new Problem("IB1308", $"The component has no file `{path}`.", "A path that is not a full one names a file beside the document.",
                Suggestion.For(ComponentFiles.Normal(path), files.Names) is { } near ? $"Did you mean `{near}`?" : "Add the file, or write the full path.", at,
                OnlyChecks ? Severity.Warning : Severity.Error));
    }

    private bool IsWhole(string path) =>
        path[0] is '/' || ((OnlyChecks || platform == "Windows") && (path[0] is '\\' || path.AsSpan(1).StartsWith(":") || path.Contains("://", StringComparison.Ordinal)));
}
