using System.Text.Json.Nodes;

namespace ImageBuilder.Permissions;

/// <summary>One statement of a policy of IAM: these actions on these resources, in these regions.</summary>
/// <param name="Sid">Letters and digits.</param>
public sealed record Statement(string Sid, IReadOnlyList<string> Actions, IReadOnlyList<string> Resources)
{
    /// <summary>Only on what carries the image builder's tag.</summary>
    public bool OnOwn { get; init; }

    /// <summary>Empty: all.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Further conditions, by operator and key.</summary>
    public IReadOnlyList<(string Operator, string Key, string Value)> Conditions { get; init; } = [];

    public JsonObject ToJson()
    {
        var statement = new JsonObject { [nameof(Sid)] = Sid, ["Effect"] = "Allow", ["Action"] = List(Actions), ["Resource"] = List(Resources) };
        var conditions = new JsonObject();
        if (OnOwn) Add("Null", "aws:ResourceTag/imagebuilder:run", "false");
        if (Regions.Count > 0) conditions["StringEquals"] = new JsonObject { ["aws:RequestedRegion"] = List(Regions) };
        foreach (var (name, key, value) in Conditions) Add(name, key, value);
        if (conditions.Count > 0) statement["Condition"] = conditions;
        return statement;

        void Add(string name, string key, string value)
        {
            if (conditions[name] is not JsonObject same) conditions[name] = same = [];
            same[key] = value;
        }
    }

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Order(StringComparer.Ordinal).Select(t => JsonValue.Create(t))];
}
