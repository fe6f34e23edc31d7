using System.Text.RegularExpressions;

namespace ImageBuilder.Reading;

/// <summary>Forms of the names that AWS gives.</summary>
internal static partial class Forms
{
    [GeneratedRegex(@"^[a-z]{2}(-[a-z]+)+-\d$")]
    public static partial Regex Region();

    [GeneratedRegex(@"^\d{12}$")]
    public static partial Regex Account();

    [GeneratedRegex(@"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")]
    public static partial Regex RoleArn();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    public static partial Regex Bucket();
}
