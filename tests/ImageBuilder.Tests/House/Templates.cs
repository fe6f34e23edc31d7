using ImageBuilder.Contracts;
using ImageBuilder.Model;

namespace ImageBuilder.Tests.House;

/// <summary>Scripts and templates are embedded beside the class that uses them.</summary>
public sealed class Templates
{
    [Fact]
    public void Every_action_has_a_template_for_each_shell_of_its_platforms() => Rule.HasNoBreaches(Catalog<IActionModule>.All
        .SelectMany(a => a.Platforms.Select(p => $"Actions/{a.Name}{Shells.Of(p).Extension()}.sbn")).Distinct().Except(Resources("Actions/")));

    [Fact]
    public void No_action_has_a_template_for_a_platform_that_it_does_not_run_on() => Rule.HasNoBreaches(Resources("Actions/")
        .Except(Catalog<IActionModule>.All.SelectMany(a => a.Platforms.Select(p => $"Actions/{a.Name}{Shells.Of(p).Extension()}.sbn"))));

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
