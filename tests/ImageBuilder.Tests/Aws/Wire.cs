using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;
using System.Xml.Linq;

namespace ImageBuilder.Tests.Aws;

/// <summary>Requests and answers of AWS's protocols, in the names that their members have in the models.</summary>
internal static class Wire
{
    /// <summary>The service and the region that a request is signed for.</summary>
    public static (string Name, string Region) ServiceOf(HttpListenerRequest request) =>
        (request.Headers["Authorization"] ?? "").Split(',')[0].Split('/') is [_, _, var region, var service, ..] ? (service, region) : ("", "");

    /// <summary>The key that a request is signed with.</summary>
    public static string CallerOf(HttpListenerRequest request) => (request.Headers["Authorization"] ?? "").Split('/')[0].Split("Credential=")[^1];

    public static (string Operation, JsonObject Given) Read(ServiceModel model, HttpListenerRequest request, byte[] body) => model.Protocol switch
    {
        "query" => Form(body),
        "ec2" => Ec2(model, body),
        "json" => ((request.Headers["X-Amz-Target"] ?? "").Split('.')[^1], JsonNode.Parse(body)!.AsObject()),
        _ => Rest(model, request, body),
    };

    /// <summary>What is answered.</summary>
    public static Answer Write(ServiceModel model, string operation, JsonObject answer)
    {
        var shape = model.OutputOf(operation);
        var headers = answer.Where(m => m.Value is not null && model.LocationOf(shape, m.Key) == "header").ToList();
        var content = model.PayloadOf(shape) is { } payload && answer[payload] is { } bytes ? bytes.GetValue<byte[]>()
            : Encoding.UTF8.GetBytes(Text(model, operation, shape, answer));
        return new Answer(200, content, [.. headers.Select(h => (model.MemberOf(shape, h.Key).Wire, h.Value!.ToString()))]); // as filtered
    }

    private static string Text(ServiceModel model, string operation, string shape, JsonObject answer) => model.Protocol switch
    {
        "ec2" => new XElement($"{operation}Response", Elements(model, shape, answer)).ToString(),
        "query" => new XElement($"{operation}Response", new XElement($"{operation}Result", Elements(model, shape, answer))).ToString(),
        // The one answer of S3 that is not as its model says.
        "rest-xml" when operation == "GetBucketLocation" => Elements(model, shape, answer).Single().ToString(),
        "rest-xml" => new XElement($"{operation}Result", Elements(model, shape, answer)).ToString(),
        _ => answer.ToJsonString(),
    };

    /// <summary>A refusal's text.</summary>
    public static string Refusal(ServiceModel model, string code, string message) => model.Protocol switch
    {
        "ec2" => new XElement("Response", new XElement("Errors", Error(code, message))).ToString(),
        "rest-xml" => Error(code, message).ToString(),
        "query" => new XElement("ErrorResponse", Error(code, message)).ToString(),
        _ => new JsonObject { ["__type"] = code, ["message"] = message }.ToJsonString(),
    };

    private static XElement Error(string code, string message) => new("Error", new XElement("Code", code), new XElement("Message", message));

    private static IEnumerable<XElement> Elements(ServiceModel model, string shape, JsonObject value) =>
        value.Where(m => m.Value is not null && model.LocationOf(shape, m.Key).Length == 0).SelectMany(m => Elements(model, model.MemberOf(shape, m.Key), m.Value!)); // as filtered

    private static IEnumerable<XElement> Elements(ServiceModel model, (string Wire, string Shape) member, JsonNode value) =>
        value is JsonArray list && model.IsFlat(member.Shape) ? list.Select(item => Element(model, (member.Wire, model.ItemOf(member.Shape).Shape), item!)) // lists have no holes
        : [Element(model, member, value)];

    private static XElement Element(ServiceModel model, (string Wire, string Shape) member, JsonNode value) => value switch
    {
        JsonObject structure => new XElement(member.Wire, Elements(model, member.Shape, structure)),
        JsonArray list => new XElement(member.Wire, list.Select(item => Element(model, model.ItemOf(member.Shape), item!))), // lists have no holes
        _ when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => new XElement(member.Wire, value.GetValue<bool>() ? "true" : "false"),
        _ => new XElement(member.Wire, value.ToString()),
    };

    private static (string, JsonObject) Rest(ServiceModel model, HttpListenerRequest request, byte[] body)
    {
        // A name alone is a value without a name.
        var query = request.QueryString.AllKeys.OfType<string>().Concat(request.QueryString.GetValues(null) ?? []).ToHashSet();
        var (operation, values) = model.OperationAt(request.HttpMethod, request.Url!.AbsolutePath, query, request.Headers); // a request has an address
        if (operation.Length == 0) return (operation, []);
        var content = model.InputOf(operation) is { } input && model.PayloadOf(input) is null && body.Length > 0 ? JsonNode.Parse(body)!.AsObject() : []; // an object
        query.ExceptWith([.. model.MarksOf(operation), "x-id"]); // the name of the operation, which AWS's clients add for whoever reads logs
        var given = new JsonObject();
        foreach (var (name, location, wire, isPayload) in model.MembersOf(operation))
        {
            JsonNode? value = location switch
            {
                "uri" => values.GetValueOrDefault(wire),
                "querystring" => request.QueryString[wire],
                "header" => request.Headers[wire],
                _ when isPayload => model.PartsOf(model.InputOf(operation)!).Single(p => p.Name == name) is var part && model.IsStructure(part.Shape) // it has members
                    ? body.Length == 0 ? null : Read(model, part.Shape, XElement.Load(new MemoryStream(body))) : $"{body.Length} bytes",
                _ => content[wire]?.DeepClone(),
            };
            if (value is not null) given[name] = value;
            query.Remove(location == "querystring" ? wire : "");
            content.Remove(location.Length == 0 ? wire : "");
        }

        foreach (var unknown in query.Concat(content.Select(c => c.Key))) given[unknown] = "unknown";
        return (operation, given);
    }

    private static JsonNode Read(ServiceModel model, string shape, XElement given)
    {
        if (!model.IsStructure(shape)) return given.Value;
        var parts = model.PartsOf(shape).ToDictionary(p => p.Wire);
        var read = new JsonObject();
        foreach (var group in given.Elements().GroupBy(e => e.Name.LocalName))
            if (!parts.TryGetValue(group.Key, out var part)) read[group.Key] = "unknown";
            else if (model.IsList(part.Shape)) read[part.Name] = new JsonArray([.. group.Select(e => Read(model, model.ItemOf(part.Shape).Shape, e))]);
            else read[part.Name] = Read(model, part.Shape, group.Single());
        return read;
    }

    // Name=value, and lists as Name.member.1=value.
    private static (string, JsonObject) Form(byte[] body)
    {
        var form = HttpUtility.ParseQueryString(Encoding.UTF8.GetString(body));
        var given = new JsonObject();
        foreach (var key in form.AllKeys.OfType<string>().Where(k => k is not ("Action" or "Version")).Order(StringComparer.Ordinal))
        {
            if (key.Split('.') is not [var list, "member", var number]) given[key] = form[key];
            else if (given[list] is JsonArray items) items.Add(form[key]);
            else given[list] = number == "1" ? new JsonArray(form[key]) : string.Create(CultureInfo.InvariantCulture, $"begins with {number}");
        }

        return (form["Action"] ?? "", given);
    }

    // Name.1.Part=value: lists are numbered, structures named.
    private static (string, JsonObject) Ec2(ServiceModel model, byte[] body)
    {
        var form = HttpUtility.ParseQueryString(System.Text.Encoding.UTF8.GetString(body));
        var tree = new JsonObject();
        foreach (var key in form.AllKeys.OfType<string>().Where(k => k is not ("Action" or "Version")))
        {
            var at = tree;
            var parts = key.Split('.');
            foreach (var part in parts[..^1])
            {
                if (at[part] is not JsonObject) at[part] = new JsonObject();
                at = at[part]!.AsObject(); // just made
            }

            at[parts[^1]] = form[key];
        }

        var operation = form["Action"] ?? "";
        return (operation, model.InputOf(operation) is { } shape ? Named(model, shape, tree).AsObject() : []);
    }

    private static JsonNode Named(ServiceModel model, string shape, JsonNode given)
    {
        if (given is not JsonObject parts) return given.DeepClone();
        if (model.IsList(shape)) return new JsonArray([.. parts.OrderBy(p => int.Parse(p.Key, CultureInfo.InvariantCulture))
            .Select(p => Named(model, model.ItemOf(shape).Shape, p.Value!))]); // a part has a value
        var named = new JsonObject();
        foreach (var (wire, value) in parts)
            if (model.NamedOnEc2(shape, wire) is ({ } name, { } of)) named[name] = Named(model, of, value!); // as above
            else named[wire] = Bare(value!); // as above
        return named;
    }

    // What no model names: structures of numbers are lists.
    private static JsonNode Bare(JsonNode given) => given is not JsonObject parts ? given.DeepClone()
        : parts.All(p => int.TryParse(p.Key, CultureInfo.InvariantCulture, out _)) ? new JsonArray([.. parts.Select(p => Bare(p.Value!))]) // as above
        : new JsonObject(parts.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, Bare(p.Value!)))); // as above
}

/// <param name="Headers">By the names that they are written with.</param>
internal sealed record Answer(int Status, byte[] Content, IReadOnlyList<(string Name, string Value)> Headers);
