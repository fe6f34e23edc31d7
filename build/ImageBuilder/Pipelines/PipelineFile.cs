using System.Security.Cryptography;
using System.Text;

namespace ImageBuilder.Pipelines;

/// <summary>How a file stands to what would be written.</summary>
public enum FileState
{
    /// <summary>There is none.</summary>
    Missing,

    Current,

    /// <summary>It was written for what the recipes were then.</summary>
    Outdated,

    /// <summary>It was written, and changed by hand since.</summary>
    Edited,

    /// <summary>It is somebody's own.</summary>
    Foreign,
}

/// <summary>A file that a CI system reads and that is written from the recipes.</summary>
/// <param name="Path">Relative to the repository.</param>
/// <param name="Text">What belongs into it; null: it is not needed.</param>
public sealed record PipelineFile(string Path, string? Text)
{
    // The digest tells what was changed by hand.
    private const string Header = "# Written by `./build.sh --target=Ci`: do not edit, run that again. SHA-256 of what follows: ";

    public static PipelineFile Of(string path, string body) => new(path, $"{Header}{Digest(body)}\n{body}");

    /// <summary>True for a file that was written by us, whatever became of it since.</summary>
    public static bool IsOurs(string file)
    {
        if (!File.Exists(file)) return false;
        using var reader = new StreamReader(file);
        return reader.ReadLine()?.StartsWith(Header, StringComparison.Ordinal) == true;
    }

    public FileState StateIn(string repository)
    {
        var full = System.IO.Path.Combine(repository, Path);
        if (!File.Exists(full)) return FileState.Missing;
        var found = File.ReadAllText(full).ReplaceLineEndings("\n");
        if (found == Text) return FileState.Current;
        if (!IsOurs(full)) return FileState.Foreign;
        var (first, body) = found.Split('\n', 2) is [var line, var rest] ? (line, rest) : (found, "");
        return first == Header + Digest(body) ? FileState.Outdated : FileState.Edited;
    }

    private static string Digest(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}
