namespace ImageBuilder.Reading;

/// <summary>Which names recipes and components may have: they are names of folders, files and cloud resources.</summary>
public static class RepositoryNames
{
    public static bool IsName(string text) => text.Length is > 0 and <= 128
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}
