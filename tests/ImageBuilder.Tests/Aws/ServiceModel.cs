using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.Aws;

/// <summary>The public model of a service of AWS, as Debian's python3-botocore carries it: what its operations take.</summary>
internal sealed class ServiceModel
{
    private const string Folder = "/usr/lib/python3/dist-packages/botocore/data";

    // Members and values that came after Debian 12's models.
    private static readonly string[] s_newer =
    [
        "DescribeImages.IncludeDisabled", "DescribeImages.MaxResults", "DescribeImages.NextToken", "RegisterImage.TagSpecification", "CopyImage.TagSpecification",
        "RegisterImage.BootMode=uefi-preferred",
    ];

    private readonly JsonObject _operations;
    private readonly JsonObject _shapes;

    private ServiceModel(JsonObject model)
    {
        (_operations, _shapes) = (model["operations"]!.AsObject(), model["shapes"]!.AsObject());
        Protocol = model["metadata"]!["protocol"]!.GetValue<string>();
    }

    public string Protocol { get; }

    /// <param name="name">As signatures name the service.</param>
    public static ServiceModel Of(string name)
    {
        Assert.True(Directory.Exists(Folder), "The package python3-botocore is missing.");
        var file = Directory.GetDirectories(Path.Combine(Folder, name)).Order(StringComparer.Ordinal).Select(f => Path.Combine(f, "service-2.json")).Last(File.Exists);
        return new ServiceModel(JsonNode.Parse(File.ReadAllText(file))!.AsObject());
    }

    /// <summary>The operation that a method and a path mean, with what stands in the path.</summary>
    public (string Name, Dictionary<string, string> Values) OperationAt(string method, string path)
    {
        foreach (var (name, operation) in _operations)
        {
            var http = operation!["http"]!;
            var uri = http["requestUri"]!.GetValue<string>().Split('?')[0];
            var pattern = Regex.Replace(Regex.Escape(uri).Replace("\\{", "{", StringComparison.Ordinal), @"\{(\w+)\+?}", "(?<$1>[^/]+)");
            if (http["method"]!.GetValue<string>() != method || Regex.Match(path, $"^{pattern}$") is not { Success: true } match) continue;
            return (name, match.Groups.Values.Skip(1).ToDictionary(g => g.Name, g => Uri.UnescapeDataString(g.Value)));
        }

        return ("", []);
    }

    /// <summary>What is wrong with a request.</summary>
    /// <param name="given">By the names that members have in the model.</param>
    public IReadOnlyList<string> MistakesIn(string operation, JsonObject given)
    {
        if (_operations[operation] is not { } found) return [$"there is no operation `{operation}`"];
        var mistakes = new List<string>();
        if (found["input"]?["shape"]?.GetValue<string>() is { } shape) Check(shape, given, operation, mistakes);
        return mistakes;
    }

    /// <summary>Members of an operation's input with where they stand in a request: <c>uri</c>, <c>querystring</c>, <c>header</c>, or the body.</summary>
    public IEnumerable<(string Name, string Location, string WireName, bool IsPayload)> MembersOf(string operation)
    {
        var shape = _shapes[_operations[operation]!["input"]!["shape"]!.GetValue<string>()]!;
        foreach (var (name, member) in shape["members"]!.AsObject())
            yield return (name, member!["location"]?.GetValue<string>() ?? "", member["locationName"]?.GetValue<string>() ?? name, shape["payload"]?.GetValue<string>() == name);
    }

    /// <summary>Shape of what an operation takes; null: there is no such operation, or it takes nothing.</summary>
    public string? InputOf(string operation) => _operations[operation]?["input"]?["shape"]?.GetValue<string>();

    /// <summary>Shape of what an operation answers; empty: nothing.</summary>
    public string OutputOf(string operation) => _operations[operation]?["output"]?["shape"]?.GetValue<string>() ?? "";

    public bool IsList(string shape) => _shapes[shape]!["type"]!.GetValue<string>() == "list";

    /// <summary>How a member of an answer is written, and its shape.</summary>
    public (string Wire, string Shape) MemberOf(string shape, string name)
    {
        var member = _shapes[shape]?["members"]?[name] ?? throw new ArgumentException($"{shape} has no member {name}.", nameof(name));
        return (member["locationName"]?.GetValue<string>() ?? name, member["shape"]!.GetValue<string>());
    }

    /// <summary>The same for the items of a list.</summary>
    public (string Wire, string Shape) ItemOf(string list)
    {
        var member = _shapes[list]!["member"]!;
        return (member["locationName"]?.GetValue<string>() ?? "member", member["shape"]!.GetValue<string>());
    }

    /// <summary>The member of a structure that EC2 knows by a name in requests; null: there is none.</summary>
    public (string Name, string Shape)? NamedOnEc2(string shape, string wire)
    {
        foreach (var (name, member) in _shapes[shape]!["members"]!.AsObject())
        {
            var location = member!["locationName"]?.GetValue<string>() ?? name;
            if ((member["queryName"]?.GetValue<string>() ?? char.ToUpperInvariant(location[0]) + location[1..]) == wire) return (name, member["shape"]!.GetValue<string>());
        }

        return null;
    }

    private void Check(string name, JsonNode? given, string at, List<string> mistakes)
    {
        var shape = _shapes[name]!;
        switch (shape["type"]!.GetValue<string>())
        {
            case "structure" when given is JsonObject members:
                var known = shape["members"]!.AsObject();
                mistakes.AddRange(members.Where(m => !known.ContainsKey(m.Key) && !s_newer.Contains($"{at}.{m.Key}")).Select(m => $"{at}.{m.Key} is not in the model"));
                mistakes.AddRange((shape["required"]?.AsArray() ?? []).Select(r => r!.GetValue<string>()).Where(r => members[r] is null).Select(r => $"{at}.{r} is missing"));
                foreach (var (key, value) in members.Where(m => known.ContainsKey(m.Key)))
                    Check(known[key]!["shape"]!.GetValue<string>(), value, $"{at}.{key}", mistakes);
                break;
            case "list" when given is JsonArray items:
                Between(shape, items.Count, at, mistakes);
                foreach (var (i, item) in items.Index()) Check(shape["member"]!["shape"]!.GetValue<string>(), item, $"{at}[{i}]", mistakes);
                break;
            case "map" when given is JsonObject entries:
                foreach (var (key, value) in entries) Check(shape["value"]!["shape"]!.GetValue<string>(), value, $"{at}[{key}]", mistakes);
                break;
            case "string" when given is JsonValue text && text.TryGetValue<string>(out var value):
                CheckText(shape, value, at, mistakes);
                break;
            case "integer" or "long" when long.TryParse(given?.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number):
                Between(shape, number, at, mistakes);
                break;
            case "boolean" when given?.ToString() is "true" or "false":
            case "blob" or "timestamp" or "double" or "float" when given is JsonValue:
                break;
            default:
                mistakes.Add($"{at} is {given?.ToJsonString() ?? "null"}, and not of the type {shape["type"]}");
                break;
        }
    }

    private static void CheckText(JsonNode shape, string value, string at, List<string> mistakes)
    {
        Between(shape, value.Length, at, mistakes);
        if (shape["enum"] is JsonArray choices && !choices.Any(c => c!.GetValue<string>() == value) && !s_newer.Contains($"{at}={value}"))
            mistakes.Add($"{at} is `{value}`, which is none of its choices");
        if (shape["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(value, pattern))
            mistakes.Add($"{at} is `{value}`, which does not fit {pattern}");
    }

    private static void Between(JsonNode shape, long number, string at, List<string> mistakes)
    {
        if (shape["min"]?.GetValue<long>() > number || shape["max"]?.GetValue<long>() < number) mistakes.Add($"{at}: {number} is not within {shape["min"]} and {shape["max"]}");
    }
}
