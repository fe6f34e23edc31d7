namespace ImageBuilder.Planning;

/// <summary>Text that may stand in a script as it is. Templates can write nothing else, so no value gets there unquoted.</summary>
/// <param name="IsQuoted">True for values in quotes, false for text of a script.</param>
internal sealed record Fragment(string Text, bool IsQuoted)
{
    /// <summary>What shellcheck would ask about a quoted value: whether `$` is meant to be expanded, and typographic quotes to be quotes.</summary>
    public IEnumerable<string> Asked =>
    [
        .. IsQuoted && Text.AsSpan().ContainsAny('$', '`') ? ["SC2016"] : (IEnumerable<string>)[],
        .. IsQuoted && Text.AsSpan().ContainsAny('\u2018', '\u2019') ? ["SC1112"] : (IEnumerable<string>)[],
    ];
}
