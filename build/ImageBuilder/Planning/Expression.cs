using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.Planning;

/// <summary>An expression of a component document: what stands between <c>{{</c> and <c>}}</c>.</summary>
internal abstract partial record Expression(string Source)
{
    /// <summary>A parameter or constant.</summary>
    public sealed record Name(string Source, string Value) : Expression(Source);

    /// <summary>An input or output of an earlier step.</summary>
    /// <param name="Index">Null when it is not written, which means 0.</param>
    public sealed record Chain(string Source, string Phase, string Step, bool Output, int? Index, string Variable) : Expression(Source);

    /// <summary>A parameter of the cloud account: <c>aws:ssm:/path</c>.</summary>
    public sealed record Cloud(string Source) : Expression(Source);

    /// <summary>Reads what stands between the braces; null when it is not AWSTOE's syntax, and so the text's own business.</summary>
    public static Expression? TryParse(string source)
    {
        var inner = source[2..^2].Trim();
        if (inner.Length > 0 && inner.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) return new Name(source, inner);
        if (inner.StartsWith("aws:ssm:", StringComparison.Ordinal)) return new Cloud(source);
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

    [GeneratedRegex(@"^(?<phase>[^.\s]+)\.(?<step>[^.]+)\.(?<kind>inputs|outputs)(\[(?<index>[0-9]+)\])?\.(?<variable>[A-Za-z0-9_-]+)$")]
    private static partial Regex ChainSyntax();
}
