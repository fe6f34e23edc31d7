using System.IO.Enumeration;
using ImageBuilder.Records;

namespace Build.Housekeeping;

/// <summary>Folders of images in the artifacts folder. Whatever else lies there is somebody's own.</summary>
internal static class ImageFolders
{
    /// <summary>Folders that have the name of a recipe that the command line means, whether it has images or not.</summary>
    public static IEnumerable<DirectoryInfo> Recipes(Options options)
    {
        var root = new DirectoryInfo(options.Artifacts);
        return root.Exists ? root.EnumerateDirectories().Where(r => IsSelected(options, r.Name)) : [];
    }

    /// <summary>A folder with a plan is an image of ours.</summary>
    public static IEnumerable<DirectoryInfo> Versions(DirectoryInfo recipe) =>
        recipe.EnumerateDirectories().Where(v => File.Exists(Path.Combine(v.FullName, RecordFiles.PlanFile)));

    public static bool IsSelected(Options options, string recipe) => options.Recipes.Count == 0
        || options.Recipes.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, recipe, ignoreCase: false));
}
