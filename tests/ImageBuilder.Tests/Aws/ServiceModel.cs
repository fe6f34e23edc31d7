using System.Collections.Concurrent;
using System.Collections.Specialized;
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

    private static readonly ConcurrentDictionary<string, ServiceModel> s_models = new();

    private readonly JsonObject _operations;
    private readonly JsonObject _shapes;
    private readonly Lazy<IReadOnlyList<Way>> _ways;

    private ServiceModel(JsonObject model)
    {
        (_operations, _shapes) = (model["operations"]!.AsObject(), model["shapes"]!.AsObject());
        Protocol = model["metadata"]!["protocol"]!.GetValue<string>();
        _ways = new Lazy<IReadOnlyList<Way>>(() => [.. _operations.Select(o => WayOf(o.Key, o.Value!))]); // an operation is something
    }

    public string Protocol { get; }

    /// <param name="name">As signatures name the service.</param>
    public static ServiceModel Of(string name) => s_models.GetOrAdd(name, Read);

    private static ServiceModel Read(string name)
    {
        Assert.True(Directory.Exists(Folder), "The package python3-botocore is missing.");
        var file = Directory.GetDirectories(Path.Combine(Folder, name)).Order(StringComparer.Ordinal).Select(f => Path.Combine(f, "service-2.json")).Last(File.Exists);
        return new ServiceModel(JsonNode.Parse(File.ReadAllText(file))!.AsObject());
    }

    /// <summary>The operation that a request without a name means, with what stands in its path. Several of S3 differ in query and headers alone.</summary>
    /// <param name="query">Names in the query.</param>
    public (string Name, Dictionary<string, string> Values) OperationAt(string method, string path, IReadOnlySet<string> query, NameValueCollection headers)
    {
        var found = _ways.Value.Where(w => w.Method == method && w.Query.All(query.Contains) && w.Headers.All(h => headers[h] is not null))
            .Select(w => (Way: w, Match: w.Path.Match(path))).Where(w => w.Match.Success).MaxBy(w => w.Way.Query.Count + w.Way.Headers.Count);
        return found.Way is { } way ? (way.Operation, found.Match.Groups.Values.Skip(1).ToDictionary(g => g.Name, g => Uri.UnescapeDataString(g.Value))) : ("", []);
    }

    /// <summary>Names in the query that only tell which operation it is.</summary>
    public IEnumerable<string> MarksOf(string operation) => Marks(_operations[operation]!); // it was found

    private static IEnumerable<string> Marks(JsonNode operation) =>
        operation["http"]!["requestUri"]!.GetValue<string>().Split('?') is [_, var query] ? query.Split('&').Select(q => q.Split('=')[0]) : []; // each has one

    private Way WayOf(string name, JsonNode operation)
    {
        var http = operation["http"]!; // each has one
        // In braces; with a plus sign, slashes included.
        var uri = Regex.Escape(http["requestUri"]!.GetValue<string>().Split('?')[0]).Replace("\\{", "{", StringComparison.Ordinal).Replace("\\+}", "+}", StringComparison.Ordinal);
        var path = Regex.Replace(Regex.Replace(uri, @"\{(\w+)\+}", "(?<$1>.+)"), @"\{(\w+)}", "(?<$1>[^/]+)");
        var required = InputOf(name) is { } input ? (_shapes[input]!["required"]?.AsArray() ?? []).Select(r => r!.GetValue<string>()).ToHashSet() : []; // it has a shape
        var needed = required.Count == 0 ? [] : MembersOf(name).Where(m => required.Contains(m.Name)).ToList();
        return new Way(name, http["method"]!.GetValue<string>(), new Regex($"^{path}/?$"),
            [.. Marks(operation), .. needed.Where(m => m.Location == "querystring").Select(m => m.WireName)],
            [.. needed.Where(m => m.Location == "header").Select(m => m.WireName)]);
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

    public bool IsList(string shape) => TypeOf(shape) == "list";

    public bool IsStructure(string shape) => TypeOf(shape) == "structure";

    /// <summary>Whether the items of a list stand where other lists would stand.</summary>
    public bool IsFlat(string list) => _shapes[list]?["flattened"]?.GetValue<bool>() == true;

    /// <summary>The member that is all of a request's or answer's content; null: there is none.</summary>
    public string? PayloadOf(string shape) => _shapes[shape]?["payload"]?.GetValue<string>();

    /// <summary>Where a member of an answer stands: <c>header</c>, or empty for its content.</summary>
    public string LocationOf(string shape, string name) => _shapes[shape]?["members"]?[name]?["location"]?.GetValue<string>() ?? "";

    /// <summary>Names, shapes and written names of a structure's members.</summary>
    public IEnumerable<(string Name, string Wire, string Shape)> PartsOf(string shape) => _shapes[shape]!["members"]!.AsObject()
        .Select(m => (m.Key, m.Value!["locationName"]?.GetValue<string>() ?? m.Key, m.Value["shape"]!.GetValue<string>())); // its form

    private string TypeOf(string shape) => _shapes[shape]!["type"]!.GetValue<string>(); // its form

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

    /// <summary>How an operation without a name is called.</summary>
    /// <param name="Query">Names that must stand in the query.</param>
    /// <param name="Headers">Names of headers that must be there.</param>
    private sealed record Way(string Operation, string Method, Regex Path, IReadOnlyList<string> Query, IReadOnlyList<string> Headers);
}
