using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Yaml;

namespace ImageBuilder.Planning;

/// <summary>Reads the <c>if</c> of a step: a condition, and what to do when it holds (<c>then</c>) and when it does not (<c>else</c>).</summary>
internal sealed class IfReader(TextEvaluator texts, ProblemBag problems)
{
    private const string Owner = "`if`";

    /// <summary>The keys beside the operator, as the reference page names them.</summary>
    internal static readonly IReadOnlyList<string> Keys = ["then", "else"];

    private static readonly Dictionary<string, string> s_anyway = new()
    {
        [Keys[0]] = nameof(OnCondition.Execute),
        [Keys[1]] = nameof(OnCondition.Skip),
    };

    /// <summary>Null when a problem made it useless.</summary>
    public BoundCondition? Read(YamlNode node)
    {
        if (Merged(node) is not { } map)
        {
            problems.Add(MapReader.WrongKind(Owner, "a map with one operator", node));
            return null;
        }

        var reader = new MapReader(map, Owner, problems);
        var (then, otherwise) = (Result(reader, Keys[0], OnCondition.Execute), Result(reader, Keys[1], OnCondition.Skip));
        var condition = new ConditionReader(texts, problems) { Beside = s_anyway }.Read(Owner, new YamlMap([.. map.Entries.Where(e => !Keys.Contains(e.Key.Text))], map.At));
        return condition is null ? null : new BoundCondition(condition, then, otherwise);
    }

    private static OnCondition Result(MapReader map, string key, OnCondition otherwise) =>
        map.Choice(key, Enum.GetNames<OnCondition>()) is { } name ? Enum.Parse<OnCondition>(name) : otherwise;

    // The guide also writes the keys as items of a list.
    private static YamlMap? Merged(YamlNode node) => node switch
    {
        YamlMap map => map,
        YamlList { Items.Count: > 0 } list when list.Items.All(i => i is YamlMap) => new YamlMap([.. list.Items.SelectMany(i => ((YamlMap)i).Entries)], node.At),
        _ => null,
    };
}
