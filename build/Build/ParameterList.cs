using ImageBuilder.Problems;

namespace Build;

/// <summary>Reads <c>a=1,b=2</c> as AWSTOE's command line does.</summary>
internal static class ParameterList
{
    /// <summary>
    /// What stands between two commas and has no <c>=</c> belongs to the value before: so a value may be a list (<c>names=x,y,b=2</c>).
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Parse(IReadOnlyList<string> given, ProblemBag problems)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        foreach (var text in given)
        {
            var first = parameters.Count;
            foreach (var piece in text.Split(','))
            {
                var cut = piece.IndexOf('=', StringComparison.Ordinal);
                if (cut > 0) parameters.Add(new(piece[..cut].Trim(), piece[(cut + 1)..]));
                else if (cut < 0 && parameters.Count > first)
                    parameters[^1] = new(parameters[^1].Key, $"{parameters[^1].Value},{piece}");
                else
                    problems.Add(new Problem("IB7016", $"`{piece}` is not a parameter with its value.", $"It stands in --parameters={text}.",
                        "Write `--parameters=Name=value,Other=value`."));
            }
        }

        foreach (var (name, _) in parameters.Where(p => p.Value.Length == 0))
            problems.Add(new Problem("IB7017", $"The parameter `{name}` is given no value.", "An empty value cannot be given on the command line.",
                $"Write `--parameters={name}=…`, or leave it out: then the document's default counts."));
        return parameters;
    }
}
