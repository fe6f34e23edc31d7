using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Reads the parameters and constants of a component document: lists of maps with one key, the name.</summary>
internal sealed class ParameterReader(ProblemBag problems)
{
    private static readonly string[] s_parameterKeys = ["type", "default", "description", "allowedValues"];
    private static readonly string[] s_constantKeys = ["type", "value"];
    private static readonly string[] s_types = ["string", "integer", "boolean", "stringList"];

    private readonly Dictionary<string, Place> _names = [];

    internal static IEnumerable<string> Keys => [.. s_parameterKeys.Select(k => $"parameters[].*.{k}"), .. s_constantKeys.Select(k => $"constants[].*.{k}")];

    public IReadOnlyList<DocumentParameter> Parameters(IReadOnlyList<YamlNode> items)
    {
        var parameters = new List<DocumentParameter>();
        foreach (var item in items)
        {
            if (Named(item, "parameter", "type: string, default: …") is not var (name, map))
            {
                // What is meant is clear: expressions that name it are not mistakes too.
                if (item is YamlMap flat && flat.Find("name")?.Value is YamlScalar meant && flat.Entries.Count != 1)
                    parameters.Add(new DocumentParameter(meant.Text, "string", null, "", [], item.At));
                continue;
            }

            map.CheckKeys(s_parameterKeys);
            var type = Type(map);
            var allowed = Texts(map.Items("allowedValues"));
            var value = map.Map.Find("default") is { Value.IsNull: false } entry ? ParameterValue.Read(entry.Value, $"`default` of parameter {name}", problems) : null;
            var parameter = new DocumentParameter(name, type, value, map.Text("description") ?? "", allowed, map.Map.At);
            if (value is not null) ParameterValue.Check(parameter, value, map.Map.Find("default")!.Value.At, problems); // found above
            parameters.Add(parameter);
        }

        return parameters;
    }

    public IReadOnlyList<DocumentConstant> Constants(IReadOnlyList<YamlNode> items)
    {
        var constants = new List<DocumentConstant>();
        foreach (var item in items)
        {
            if (Named(item, "constant", "type: string, value: …") is not var (name, map)) continue;
            map.CheckKeys(s_constantKeys);
            Type(map);
            if (map.Text("value", required: true) is { } value) constants.Add(new DocumentConstant(name, value, map.Map.At));
        }

        return constants;
    }

    private (string, MapReader)? Named(YamlNode item, string what, string form)
    {
        if (MapReader.For(item, $"an item of `{what}s`", problems) is not { } outer) return null;
        if (outer.Map.Entries is not [var only])
        {
            var flat = outer.Map.Find("name")?.Value as YamlScalar;
            problems.Add(new Problem("IB1210", flat is null
                    ? $"Each item of `{what}s` must be a map with one key, the {what}'s name."
                    : $"The {what} `{flat.Text}` is written as a flat map.",
                "Schema 1.0 has the name as the only key, and what describes it below.",
                $"Write `- {flat?.Text ?? "Name"}: {{ {form} }}`.", item.At));
            return null;
        }

        CheckName(only.Key, what);
        return MapReader.For(only.Value, $"{what} {only.Key.Text}", problems) is { } inner ? (only.Key.Text, inner) : null;
    }

    private void CheckName(YamlScalar name, string what)
    {
        if (name.Text.Length is < 3 or > 128 || !name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            problems.Add(new Problem("IB1211", $"`{name.Text}` cannot be the name of a {what}.",
                "Names have 3 to 128 letters, digits, `_` or `-`.", "Choose another name.", name.At));
        if (!_names.TryAdd(name.Text, name.At))
            problems.Add(new Problem("IB1212", $"The name `{name.Text}` stands twice among parameters and constants.",
                $"Line {_names[name.Text].Line} has it already; `{{{{ {name.Text} }}}}` could mean either.", "Rename one of them.", name.At));
    }

    private string Type(MapReader map)
    {
        if (map.Single("type", required: true) is not { } type) return "string";
        var known = s_types.FirstOrDefault(t => t.Equals(type.Text, StringComparison.OrdinalIgnoreCase));
        if (known is null) problems.Add(map.WrongValue("type", type, $"one of {string.Join(", ", s_types)}"));
        return known ?? "string";
    }

    private List<string> Texts(IReadOnlyList<YamlNode> items)
    {
        var texts = new List<string>();
        foreach (var item in items)
            if (item is YamlScalar scalar) texts.Add(scalar.Text);
            else problems.Add(MapReader.WrongKind("an item of `allowedValues`", "a single value", item));
        return texts;
    }
}
