namespace ImageBuilder.Tests.House;

/// <summary>Scripts and templates are embedded beside the class that uses them.</summary>
public sealed class Templates
{
    [Fact]
    public void Every_template_of_an_action_has_a_class_of_the_same_name_or_is_rendered_into_others() =>
        Rule.HasNoBreaches(Resources("Actions/")
        .Select(name => name["Actions/".Length..])
        .Where(name => Library.GetType($"ImageBuilder.Actions.{name.Split('.')[0]}") is null
            && !Repository.Text("build/ImageBuilder/Planning/Templates.cs").Contains($"\"{name}\"", StringComparison.Ordinal)));

    [Fact]
    public void Every_script_and_template_in_the_tree_is_embedded_under_its_path() => Rule.HasNoBreaches(Repository.Files
        .Where(f => f.StartsWith(Folder, StringComparison.Ordinal)
        && (f.EndsWith(".sbn", StringComparison.Ordinal) || f.EndsWith(".sh", StringComparison.Ordinal)))
        .Select(f => f[Folder.Length..]).Except(Library.GetManifestResourceNames()));

    private const string Folder = "build/ImageBuilder/";

    private static System.Reflection.Assembly Library => typeof(ImageBuilder.Model.Plan).Assembly;

    private static IEnumerable<string> Resources(string folder) =>
        Library.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal));
}
