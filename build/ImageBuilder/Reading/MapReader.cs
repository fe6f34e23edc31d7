using System.Text.RegularExpressions;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Takes the values of a map by key, and collects a problem for each that is missing, unknown or of another kind.</summary>
/// <param name="what">What the map is, for messages: <c>a recipe</c>, <c>a step</c>.</param>
internal sealed class MapReader(YamlMap map, string what, ProblemBag problems)
{
    public YamlMap Map => map;

    /// <summary>The map behind a node; null and a problem when it is something else.</summary>
    public static MapReader? For(YamlNode node, string what, ProblemBag problems)
    {
        if (node is YamlMap map) return new MapReader(map, what, problems);
        problems.Add(WrongKind(what, "a map with keys", node));
        return null;
    }

    /// <summary>Refuses keys that are not known, and those that only later work brings.</summary>
    public void CheckKeys(IReadOnlyCollection<string> known, IReadOnlyDictionary<string, string>? notYet = null)
    {
        foreach (var entry in map.Entries)
        {
            if (known.Contains(entry.Key.Text)) continue;
            if (notYet is not null && notYet.TryGetValue(entry.Key.Text, out var instead))
                problems.Add(new Problem("IB1020", $"`{entry.Key.Text}` of {what} does not work yet.",
                    "It is planned and not built; ignoring it would make another image than you asked for.", instead, entry.Key.At));
            else
                problems.Add(new Problem("IB1021", $"`{entry.Key.Text}` is not a key of {what}.",
                    $"Its keys are: {string.Join(", ", known)}.", Suggestion.Fix(entry.Key.Text, known), entry.Key.At));
        }
    }

    /// <summary>Whatever stands there; null when it is missing or nothing.</summary>
    /// <param name="filled">True: a key without a value is a problem.</param>
    public YamlNode? Node(string key, bool filled = false)
    {
        var entry = map.Find(key);
        if (entry is { Value.IsNull: false }) return entry.Value;
        if (entry is not null && filled) problems.Add(Missing(key, entry.Key.At));
        return null;
    }

    /// <summary>A single value, or null with a problem when it is required and missing or of another kind.</summary>
    public YamlScalar? Single(string key, bool required = false)
    {
        var entry = map.Find(key);
        if (entry is null || entry.Value.IsNull)
        {
            if (required) problems.Add(Missing(key, entry?.Key.At));
            return null;
        }

        if (entry.Value is YamlScalar scalar) return scalar;
        problems.Add(WrongKind($"`{key}` of {what}", "a single value", entry.Value));
        return null;
    }

    public string? Text(string key, bool required = false) => Single(key, required)?.Text;

    /// <summary>A whole number that is allowed; <paramref name="expected"/> says in messages which ones are.</summary>
    public long? Whole(string key, Func<long, bool> allowed, string expected)
    {
        if (Single(key) is not { } scalar) return null;
        if (YamlValues.Whole(scalar.Text) is { } number && allowed(number)) return number;
        problems.Add(WrongValue(key, scalar, expected));
        return null;
    }

    public bool? Flag(string key)
    {
        if (Single(key) is not { } scalar) return null;
        if (scalar.Text is "true" or "false") return scalar.Text == "true";
        problems.Add(WrongValue(key, scalar, "true or false"));
        return null;
    }

    /// <summary>A text of a form; <paramref name="expected"/> says in messages which one.</summary>
    public string? Matching(string key, Regex form, string expected, bool required = false)
    {
        if (Single(key, required) is not { } scalar) return null;
        if (form.IsMatch(scalar.Text)) return scalar.Text;
        problems.Add(WrongValue(key, scalar, expected));
        return null;
    }

    /// <summary>A list of texts of a form, none twice.</summary>
    public List<string> Texts(string key, Regex form, string expected, bool required = false)
    {
        var texts = new List<string>();
        foreach (var item in Items(key, required))
        {
            if (item is not YamlScalar scalar) problems.Add(WrongKind($"An item of `{key}`", "a single value", item));
            else if (!form.IsMatch(scalar.Text)) problems.Add(WrongValue(key, scalar, expected));
            else if (!texts.Contains(scalar.Text)) texts.Add(scalar.Text);
            else problems.Add(new Problem("IB1155", $"`{scalar.Text}` stands twice in `{key}`.", "Once is enough.", "Remove one.", scalar.At));
        }

        return texts;
    }

    /// <summary>One of some words; a wrong one is a problem with a suggestion.</summary>
    /// <param name="synonyms">What others call the words, and the word that is meant.</param>
    public string? Choice(string key, IReadOnlyCollection<string> allowed, IReadOnlyDictionary<string, string>? synonyms = null) =>
        Single(key) is { } scalar ? Choose($"`{key}` of {what}", scalar, allowed, synonyms) : null;

    /// <summary>The items of a list; empty when it is missing or, with a problem, of another kind.</summary>
    public IReadOnlyList<YamlNode> Items(string key, bool required = false)
    {
        var entry = map.Find(key);
        if (entry is null || entry.Value.IsNull)
        {
            if (required) problems.Add(Missing(key, entry?.Key.At));
            return [];
        }

        if (entry.Value is YamlList list) return list.Items;
        problems.Add(WrongKind($"`{key}` of {what}", "a list", entry.Value));
        return [];
    }

    /// <summary>The words of a list, each one of <paramref name="allowed"/> and none twice.</summary>
    public IReadOnlyList<string> Choices(string key, IReadOnlyCollection<string> allowed)
    {
        var chosen = new List<string>();
        foreach (var item in Items(key))
        {
            if (item is not YamlScalar scalar) problems.Add(WrongKind($"An item of `{key}`", "a single value", item));
            else if (Choose($"`{key}` of {what}", scalar, allowed) is not { } word) continue;
            else if (!chosen.Contains(word)) chosen.Add(word);
            else
                problems.Add(new Problem("IB1022", $"`{word}` stands twice in `{key}` of {what}.", "Once is enough.", "Remove one.", scalar.At));
        }

        return chosen;
    }

    /// <summary>The map behind a key; null when it is missing or, with a problem, of another kind.</summary>
    public MapReader? Child(string key, string child, bool required = false)
    {
        var entry = map.Find(key);
        if (entry is not null && !entry.Value.IsNull) return For(entry.Value, child, problems);
        if (required) problems.Add(Missing(key, entry?.Key.At));
        return null;
    }

    public Problem WrongValue(string key, YamlScalar scalar, string expected) => new("IB1023",
        $"`{scalar.Text}` is not a value for `{key}` of {what}.", $"Expected is {expected}.", $"Write {expected}.", scalar.At);

    internal static Problem WrongKind(string what, string expected, YamlNode node) => new("IB1024",
        $"{char.ToUpperInvariant(what[0])}{what[1..]} must be {expected}.", $"Here stands {node.Kind}.", $"Write {expected}.", node.At);

    private string? Choose(string name, YamlScalar scalar, IReadOnlyCollection<string> allowed, IReadOnlyDictionary<string, string>? synonyms = null)
    {
        if (allowed.Contains(scalar.Text)) return scalar.Text;
        problems.Add(new Problem("IB1025", $"`{scalar.Text}` is not a value for {name}.", $"Allowed: {string.Join(", ", allowed)}.",
            Suggestion.Fix(synonyms?.GetValueOrDefault(scalar.Text) ?? scalar.Text, allowed), scalar.At));
        return null;
    }

    private Problem Missing(string key, Place? at) => new("IB1026", $"{char.ToUpperInvariant(what[0])}{what[1..]} needs `{key}`.",
        at is null ? "The key is missing." : "It has no value.", $"Add `{key}: …`.", at ?? map.At);
}
