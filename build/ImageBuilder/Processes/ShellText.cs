namespace ImageBuilder.Processes;

/// <summary>Quoting for POSIX shells: the one place where a value becomes shell text.</summary>
public static class ShellText
{
    /// <summary>The value as one shell word: bare when every character is harmless, else in single quotes.</summary>
    public static string Quote(string value) => value.Length > 0 && value.All(IsHarmless) ? value : QuoteAlways(value);

    /// <summary>The value in single quotes, whatever it is. NUL cannot be in a shell word and is refused.</summary>
    public static string QuoteAlways(string value) => value.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("A shell word cannot contain NUL.", nameof(value))
        : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static bool IsHarmless(char c) => char.IsAsciiLetterOrDigit(c) || "_-./:=,+@%^".Contains(c, StringComparison.Ordinal);
}
