using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.Planning;

/// <summary>An expression of a component document: what stands between <c>{{</c> and <c>}}</c>.</summary>
internal abstract partial record Expression(string Source)
{
    private const string Ssm = "aws:ssm:";

    /// <summary>A parameter or constant.</summary>
    public sealed record Name(string Source, string Value) : Expression(Source);

    /// <summary>An input or output of an earlier step.</summary>
    /// <param name="Index">Null when it is not written, which means 0.</param>
    public sealed record Chain(string Source, string Phase, string Step, bool Output, int? Index, string Variable) : Expression(Source);

    /// <summary>A parameter of the cloud account.</summary>
    /// <param name="Parameter">Its name: what follows <c>aws:ssm:</c>.</param>
    public sealed record Cloud(string Source, string Parameter) : Expression(Source);

    /// <summary>A parameter of the cloud account whose name is a value itself: <c>aws:ssm:resolve(…)</c>.</summary>
    /// <param name="By">The parameter of the document, or of the account, whose value is the name.</param>
    public sealed record Resolved(string Source, Expression By) : Expression(Source);

    /// <summary>Number or value of a loop's iteration.</summary>
    /// <param name="Of"><c>loop</c>, or the loop's name.</param>
    /// <param name="Index">True: the number; false: the value.</param>
    public sealed record Iteration(string Source, string Of, bool Index) : Expression(Source);

    /// <summary>Reads what stands between the braces; null when it is not AWSTOE's syntax, and so the text's own business.</summary>
    public static Expression? TryParse(string source)
    {
        var inner = source[2..^2].Trim();
        if (inner.Length > 0 && inner.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) return new Name(source, inner);
        if (inner.StartsWith(Ssm, StringComparison.Ordinal)) return InCloud(source, inner[Ssm.Length..]);
        if (IterationSyntax().Match(inner) is { Success: true } loop) return new Iteration(source, loop.Groups["loop"].Value, loop.Groups["what"].Value == "index");
        if (ChainSyntax().Match(inner) is not { Success: true } match) return null;
        var index = match.Groups["index"];
        int? number = null;
        if (index.Success)
        {
            if (!int.TryParse(index.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return null;
            number = parsed;
        }

        return new Chain(source, match.Groups["phase"].Value, match.Groups["step"].Value, match.Groups["kind"].Value == "outputs", number,
            match.Groups["variable"].Value);
    }

    private static Expression? InCloud(string source, string rest)
    {
        if (!rest.StartsWith("resolve(", StringComparison.Ordinal)) return new Cloud(source, rest);
        if (!rest.EndsWith(')')) return null;
        return TryParse($"{{{{{rest["resolve(".Length..^1]}}}}}") is { } by and (Name or Cloud) ? new Resolved(source, by) : null;
    }

    [GeneratedRegex(@"^(?<loop>[A-Za-z0-9_-]+)\.(?<what>index|value)$")]
    private static partial Regex IterationSyntax();

    [GeneratedRegex(@"^(?<phase>[^.\s]+)\.(?<step>[^.]+)\.(?<kind>inputs|outputs)(\[(?<index>[0-9]+)\])?\.(?<variable>[A-Za-z0-9_-]+)$")]
    private static partial Regex ChainSyntax();
}
