namespace ImageBuilder.Planning;

/// <summary>Text that may stand in a script as it is. Templates can write nothing else, so no value gets there unquoted.</summary>
/// <param name="IsQuoted">True for values in quotes, false for text of a script.</param>
internal sealed record Fragment(string Text, bool IsQuoted)
{
    /// <summary>True when a quoted value looks as if it were meant to be expanded: shellcheck asks about that.</summary>
    public bool LooksExpandable => IsQuoted && Text.AsSpan().ContainsAny('$', '`');
}
