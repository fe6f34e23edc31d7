using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Values of parameters: text, whatever the type; a list of texts is joined with commas as the service does it.</summary>
internal static class ParameterValue
{
    public static string? Read(YamlNode node, string what, ProblemBag problems)
    {
        if (node is YamlScalar scalar) return scalar.Text;
        if (node is YamlList list && list.Items.All(i => i is YamlScalar))
            return string.Join(',', list.Items.Select(i => ((YamlScalar)i).Text));
        problems.Add(MapReader.WrongKind(what, "a single value", node));
        return null;
    }

    /// <summary>Checks a value against the parameter's type and allowed values.</summary>
    public static void Check(DocumentParameter parameter, string value, Place at, ProblemBag problems)
    {
        var expected = parameter.Type switch
        {
            "integer" when YamlValues.Whole(value) is null => "a whole number",
            "boolean" when YamlValues.Boolean(value) is null => "true or false",
            _ => null,
        };
        if (expected is not null)
            problems.Add(new Problem("IB1213", $"`{value}` is not a value for the parameter `{parameter.Name}`.",
                $"Its type is {parameter.Type}.", $"Give {expected}.", at));
        else if (parameter.AllowedValues.Count > 0 && !parameter.AllowedValues.Contains(value))
            problems.Add(new Problem("IB1214", $"`{value}` is not an allowed value for the parameter `{parameter.Name}`.",
                $"Allowed: {string.Join(", ", parameter.AllowedValues)}.", Suggestion.Fix(value, parameter.AllowedValues.ToList()), at));
    }
}
