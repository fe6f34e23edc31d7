namespace ImageBuilder.Tests.House;

/// <summary>Scripts and templates are embedded beside the class that uses them.</summary>
public sealed class Templates
{
    [Fact]
    public void Every_template_of_an_action_has_a_class_of_the_same_name() => Rule.HasNoBreaches(Resources("Actions/")
        .Where(name => Library.GetType($"ImageBuilder.Actions.{name["Actions/".Length..].Split('.')[0]}") is null));

    [Fact]
    public void Every_script_and_template_in_the_tree_is_embedded_under_its_path() => Rule.HasNoBreaches(Repository.Files
        .Where(f => f.StartsWith(Folder, StringComparison.Ordinal) && (f.EndsWith(".sbn", StringComparison.Ordinal) || f.EndsWith(".sh", StringComparison.Ordinal)))
        .Select(f => f[Folder.Length..]).Except(Library.GetManifestResourceNames()));

    private const string Folder = "build/ImageBuilder/";

    private static System.Reflection.Assembly Library => typeof(ImageBuilder.Model.Plan).Assembly;

    private static IEnumerable<string> Resources(string folder) =>
        Library.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal));
}
