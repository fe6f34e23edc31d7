using ImageBuilder.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ImageBuilder.Yaml;

/// <summary>Makes nodes of the parser's events. What it refuses altogether ends it with a <see cref="YamlRefusedException"/>.</summary>
internal sealed class YamlBuilder(Parser parser, string file, ProblemBag problems)
{
    // Deeper than any document has a use for, and far from what would exhaust a stack.
    private const int DepthLimit = 64;

    // Counts a node again for each alias to it, so that "a billion laughs" ends here.
    private const int NodeLimit = 100_000;

    // Whoever wrote these by mistake has seen enough of them.
    private const int DuplicateLimit = 100;

    // Of YAML 1.1, which AWSTOE reads.
    private const string MergeKey = "<<";

    private const string CoreTag = "tag:yaml.org,2002:";

    private readonly Dictionary<string, (YamlNode Node, int Size)> _anchors = [];
    private int _nodes;
    private int _duplicates;

    public YamlNode? Document()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
            throw Refuse("IB1004", $"`{file}` is empty.", "It holds no YAML document.", "Write one, or remove the file.", default);
        parser.Consume<DocumentStart>();
        var root = Node(0);
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
            throw Refuse("IB1005", $"`{file}` holds more than one YAML document.", "A second one begins with `---` here.",
                "Move it into a file of its own.", second.Start);
        return root;
    }

    private YamlNode Node(int depth)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias)) return Expand(alias);
        var before = _nodes;
        Count(1, parser.Current!.Start); // a node always follows here
        var (node, anchor) = parser.Current switch
        {
            Scalar => Single(),
            SequenceStart => Sequence(depth + 1),
            _ => Mapping(depth + 1),
        };
        if (!anchor.IsEmpty) _anchors[anchor.Value] = (node, _nodes - before);
        return node;
    }

    private (YamlNode, AnchorName) Single()
    {
        var scalar = parser.Consume<Scalar>();
        CheckTag(scalar, "str", "int", "float", "bool", "null");
        CheckText(scalar);
        var plain = scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific);
        return (new YamlScalar(scalar.Value, plain, At(file, scalar.Start)), scalar.Anchor);
    }

    private (YamlNode, AnchorName) Sequence(int depth)
    {
        var start = parser.Consume<SequenceStart>();
        CheckTag(start, "seq");
        CheckDepth(depth, start);
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(depth));
        return (new YamlList(items, At(file, start.Start)), start.Anchor);
    }

    private (YamlNode, AnchorName) Mapping(int depth)
    {
        var start = parser.Consume<MappingStart>();
        CheckTag(start, "map");
        CheckDepth(depth, start);
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, YamlScalar>();
        var merged = new List<YamlEntry>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (Node(depth) is not YamlScalar key)
                throw Refuse("IB1006", "A key must be a single value.", "Here a list or a map stands before the colon.",
                    "Quote it if it is meant as text, e.g. `\"{{ Name }}\"`.", start.Start);
            var value = Node(depth);
            if (key is { Text: MergeKey, Plain: true }) merged.AddRange(Merged(key, value));
            else if (seen.TryAdd(key.Text, key)) entries.Add(new YamlEntry(key, value));
            else if (++_duplicates > DuplicateLimit)
                throw Refuse("IB1013", $"`{file}` has more than {DuplicateLimit} keys that stand twice.", "Nothing can be made of it.",
                    "Write each key once.", parser.Current!.Start); // a map does not end before its last key
            else
                problems.Add(new Problem("IB1007", $"The key `{key.Text}` stands twice in the same map.",
                    $"It is already in line {seen[key.Text].At.Line}; only one of them could count.", "Remove one of them.", key.At));
        }

        // What stands in the map itself counts, then what was merged first.
        entries.AddRange(merged.Where(entry => seen.TryAdd(entry.Key.Text, entry.Key)));
        return (new YamlMap(entries, At(file, start.Start)), start.Anchor);
    }

    // One map, or a list of them.
    private IEnumerable<YamlEntry> Merged(YamlScalar key, YamlNode value)
    {
        IReadOnlyList<YamlNode> all = value is YamlList list ? list.Items : [value];
        if (all.All(one => one is YamlMap)) return all.OfType<YamlMap>().SelectMany(map => map.Entries);
        problems.Add(new Problem("IB1014", "`<<` merges maps only.", $"Here stands {value.Kind}.", "Name the anchor of a map, e.g. `<<: *defaults`.", key.At));
        return [];
    }

    private YamlNode Expand(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var target))
            throw Refuse("IB1008", $"The alias `*{alias.Value}` has nothing to stand for.", $"No anchor `&{alias.Value}` ends before it.",
                "Write the value out.", alias.Start);
        Count(target.Size, alias.Start);
        return target.Node;
    }

    private void Count(int nodes, Mark at)
    {
        _nodes += nodes;
        if (_nodes > NodeLimit)
            throw Refuse("IB1009", $"`{file}` has too many values.", $"With its aliases expanded it has more than {NodeLimit}.",
                "Write fewer aliases.", at);
    }

    private void CheckDepth(int depth, ParsingEvent at)
    {
        if (depth > DepthLimit)
            throw Refuse("IB1010", $"`{file}` is nested too deeply.", $"At most {DepthLimit} levels are read.", "Flatten it.", at.Start);
    }

    private void CheckTag(NodeEvent node, params ReadOnlySpan<string> allowed)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific) return;
        var tag = node.Tag.Value;
        if (!tag.StartsWith(CoreTag, StringComparison.Ordinal) || !allowed.Contains(tag[CoreTag.Length..]))
            throw Refuse("IB1011", $"The tag `{tag}` is not read.", "Tags could turn text into other things; none is needed here.",
                "Remove it.", node.Start);
    }

    private void CheckText(Scalar scalar)
    {
        var bad = scalar.Value.AsSpan().IndexOf('\0') >= 0 ? "NUL"
            : HasLoneSurrogate(scalar.Value) ? "half of a surrogate pair"
            : null;
        if (bad is not null)
            throw Refuse("IB1012", $"A text holds {bad}.", "Neither a shell nor a file name can carry it.", "Remove it.", scalar.Start);
    }

    private static bool HasLoneSurrogate(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var i)
        {
            if (i + 1 >= rest.Length || !char.IsSurrogatePair(rest[i], rest[i + 1])) return true;
            rest = rest[(i + 2)..];
        }

        return false;
    }

    private YamlRefusedException Refuse(string code, string what, string why, string fix, Mark at) =>
        new(new Problem(code, what, why, fix, at.Line == 0 ? new Place(file) : At(file, at)));

    internal static Place At(string file, Mark mark) => new(file, (int)mark.Line, (int)mark.Column);
}

/// <summary>Ends the reading of a file that nothing can be made of.</summary>
internal sealed class YamlRefusedException(Problem problem) : Exception(problem.What)
{
    public Problem Problem { get; } = problem;
}
