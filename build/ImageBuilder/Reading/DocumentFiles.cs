using System.IO.Enumeration;
using System.Text.RegularExpressions;
using ImageBuilder.Problems;

namespace ImageBuilder.Reading;

/// <summary>Finds component documents anywhere: by their file, in a folder with all below it, or by a pattern.</summary>
public sealed partial class DocumentFiles(ProblemBag problems)
{
    // What a file must have room for to be recognised; the reader refuses longer documents anyway.
    private const int LookedAt = Yaml.YamlReader.DocumentLimit;

    private static readonly string[] s_extensions = [".yml", ".yaml", ".json"];
    private static readonly string[] s_foreign = ["node_modules", "bin", "obj"];

    /// <summary>Files of folders that are no component documents: recipes, other YAML.</summary>
    public int Skipped { get; private set; }

    /// <summary>The documents, each once, in order. A file that was named, or that a pattern matches, is taken for one whatever it holds.</summary>
    /// <param name="paths">Absolute.</param>
    public IReadOnlyList<string> Find(IEnumerable<string> paths) =>
        [.. paths.SelectMany(Find).Distinct().Order(StringComparer.Ordinal)];

    private IReadOnlyList<string> Find(string path)
    {
        if (File.Exists(path)) return [path];
        var (found, why) = Directory.Exists(path) ? (InFolder(path), "No file below it with the ending .yml, .yaml or .json has `phases`.")
            : path.AsSpan().ContainsAny('*', '?') ? (Matching(path), "`*` and `?` stand for characters of one name, `**` for any folders.")
            : ([], "It is neither a file nor a folder.");
        if (found.Count == 0)
            problems.Add(new Problem("IB1260", $"There is no component document `{path}`.", why, "Correct the path; relative ones count from where the program was called."));
        return found;
    }

    private List<string> InFolder(string folder)
    {
        var files = Below(folder).Where(f => s_extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).ToList();
        var documents = files.Where(LooksLikeOne).ToList();
        Skipped += files.Count - documents.Count;
        return documents;
    }

    private static List<string> Matching(string pattern)
    {
        var fixedParts = pattern.Split('/').TakeWhile(part => !part.AsSpan().ContainsAny('*', '?')).ToList();
        var folder = string.Join('/', fixedParts) + "/";
        if (!Directory.Exists(folder)) return [];
        var expression = new Regex($"^{Regex.Escape(pattern).Replace(@"\*\*/", "(?:[^/]+/)*", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        return [.. Below(folder).Where(file => expression.IsMatch(file))];
    }

    private static FileSystemEnumerable<string> Below(string folder) =>
        new(folder, static (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
            // A link to a folder could lead in a circle.
            ShouldRecursePredicate = static (ref FileSystemEntry entry) =>
                !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && !s_foreign.Contains(entry.FileName.ToString()),
        };

    private static bool LooksLikeOne(string path)
    {
        try
        {
            using var file = new StreamReader(path);
            var buffer = new char[LookedAt];
            var text = buffer.AsSpan(0, file.ReadBlock(buffer)).TrimStart();
            var known = (text.StartsWith("{") ? HasPhasesInBraces() : HasPhases()).IsMatch(text);
            // Other tools have phases too; a component document that lacks the one has the other.
            return known && (text.Contains("schemaVersion", StringComparison.Ordinal) || text.Contains("action", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // reading it as a document says what is wrong
        }
    }

    // A key of the outermost map: templates of other kinds have whole documents as texts in them.
    [GeneratedRegex("""^["']?phases["']?[ \t]*:""", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex HasPhases();

    // JSON, or YAML written like it. What stands in a text of it has a backslash before its quotes.
    [GeneratedRegex("""[{,]\s*["']?phases["']?\s*:""", RegexOptions.CultureInvariant)]
    private static partial Regex HasPhasesInBraces();
}
