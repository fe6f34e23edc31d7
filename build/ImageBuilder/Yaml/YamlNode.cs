using ImageBuilder.Problems;

namespace ImageBuilder.Yaml;

/// <summary>A value of a YAML or JSON file, with the place where it stands.</summary>
public abstract class YamlNode(Place at)
{
    public Place At { get; } = at;

    /// <summary>What the value is called in messages: <c>a text</c>, <c>a list</c>, <c>a map</c>, <c>nothing</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>True for <c>key:</c> without a value, <c>~</c> and <c>null</c>.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A single value as it was written; <paramref name="plain"/> is true without quotes or block style.</summary>
public sealed class YamlScalar(string text, bool plain, Place at) : YamlNode(at)
{
    public string Text { get; } = text;

    public bool Plain { get; } = plain;

    public override bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsNull ? "nothing" : "a single value";
}

/// <summary>A list of values.</summary>
public sealed class YamlList(IReadOnlyList<YamlNode> items, Place at) : YamlNode(at)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file; no key stands twice.</summary>
public sealed class YamlMap(IReadOnlyList<YamlEntry> entries, Place at) : YamlNode(at)
{
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a map";

    public YamlEntry? Find(string key)
    {
        foreach (var entry in Entries)
            if (entry.Key.Text == key) return entry;
        return null;
    }
}

/// <summary>A key and its value.</summary>
public sealed record YamlEntry(YamlScalar Key, YamlNode Value);
