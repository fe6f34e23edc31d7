using System.IO.Enumeration;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Reading;

/// <summary>A repository of recipes and components: finds them by name.</summary>
/// <param name="Root">Absolute path.</param>
public sealed record Repository(string Root)
{
    private const string Recipes = "recipes";
    private const string Components = "components";

    /// <summary>Name of the document in a component's folder.</summary>
    public const string DocumentFile = "component.yml";

    // A document may be JSON, which is YAML too.
    private static readonly string[] s_documentFiles = [DocumentFile, "component.json"];

    /// <summary>Names of all recipes, in order.</summary>
    public IReadOnlyList<string> RecipeNames => Folders(Path.Combine(Root, Recipes), [RecipeReader.FileName]);

    /// <summary>Names of all components that have a version, in order.</summary>
    public IReadOnlyList<string> ComponentNames => [.. Folders(Path.Combine(Root, Components), []).Where(name => Versions(name).Count > 0)];

    /// <summary>The recipes that names and globs (<c>*</c>, <c>?</c>) mean, each once and in order; without any, all.</summary>
    public IReadOnlyList<string> Match(IReadOnlyCollection<string> patterns, ProblemBag problems)
    {
        var names = RecipeNames;
        if (names.Count == 0)
            problems.Add(new Problem("IB1120", "The repository has no recipes.", $"There is no `{Recipes}/<name>/{RecipeReader.FileName}` in {Root}.",
                "Write one, or start the program in the repository's folder."));
        foreach (var pattern in patterns)
            if (names.Count > 0 && !names.Any(name => IsMatch(pattern, name)))
                problems.Add(new Problem("IB1121", $"No recipe is called `{pattern}`.", $"The repository has: {string.Join(", ", names)}.",
                    Suggestion.Fix(pattern, names.ToList())));
        return patterns.Count == 0 ? names : [.. names.Where(name => patterns.Any(pattern => IsMatch(pattern, name)))];
    }

    /// <summary>Reads a recipe by its name; null when a problem made it useless.</summary>
    /// <param name="formats">Names of the formats that <c>outputs</c> may name.</param>
    public Recipe? ReadRecipe(string name, IReadOnlyCollection<string> formats, ProblemBag problems) =>
        new RecipeReader(formats, problems).ReadFile(Path.Combine(Root, Recipes, name, RecipeReader.FileName), $"{Recipes}/{name}/{RecipeReader.FileName}", name);

    /// <summary>The versions of a component, in no order.</summary>
    public IReadOnlyList<VersionNumber> Versions(string component) => !RepositoryNames.IsName(component) ? [] :
    [
        .. Folders(Path.Combine(Root, Components, component), s_documentFiles).Select(VersionNumber.TryParse).OfType<VersionNumber>(),
    ];

    /// <summary>Folder of a component's version, relative to the repository.</summary>
    public static string ComponentFolder(string component, VersionNumber version) => $"{Components}/{component}/{version}";

    /// <summary>Reads a component's document; null when a problem made it useless.</summary>
    public ComponentDocument? ReadComponent(string component, VersionNumber version, ProblemBag problems)
    {
        var folder = ComponentFolder(component, version);
        var found = s_documentFiles.Where(name => File.Exists(Path.Combine(Root, folder, name))).ToList();
        if (found.Count > 1)
            problems.Add(new Problem("IB1509", $"The component `{component}` {version} has two documents.", $"{string.Join(" and ", found)}: only one could count.",
                "Remove one of them.", new Place($"{folder}/{found[^1]}")));
        return new DocumentReader(problems).ReadFile(Path.Combine(Root, folder, found[0]), $"{folder}/{found[0]}");
    }

    private static bool IsMatch(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private static IReadOnlyList<string> Folders(string parent, string[] files) => !Directory.Exists(parent) ? [] :
    [
        .. Directory.EnumerateDirectories(parent).Where(folder => files.Length == 0 || files.Any(file => File.Exists(Path.Combine(folder, file))))
            .Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal),
    ];
}
