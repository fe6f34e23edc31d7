using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.House;

/// <summary>Which folder of the library may name which (build/README.md, "Who may name whom").</summary>
public sealed partial class Dependencies
{
    // Each folder with what it may name. What stands behind Contracts (Actions, Aws, Distros, Engines, Formats) is in nobody's list.
    private static readonly Dictionary<string, string> s_mayName = new()
    {
        ["Problems"] = "",
        ["Processes"] = "Problems",
        ["Yaml"] = "Problems",
        ["FileSystems"] = "",
        ["Model"] = "Problems Processes Yaml",
        ["Records"] = "Problems Model",
        ["Reports"] = "Problems Model Records",
        ["Clouds"] = "Problems Model",
        ["Journals"] = "Problems Model Records Clouds",
        ["Contracts"] = "Problems Processes Yaml FileSystems Model Records Reports Clouds Journals",
        ["Prerequisites"] = "Problems Processes Model Records Reports Contracts",
        ["Reading"] = "Problems Processes Yaml Model Contracts",
        ["Planning"] = "Problems Processes Yaml Model Clouds Contracts Reading Records",
        ["Layers"] = "Problems Processes FileSystems Model Records Reports Contracts",
        ["Running"] = "Problems Processes Model Records Reports Clouds Contracts Layers",
        ["Testing"] = "Problems Processes Model Records Reports Contracts Layers Running",
        // Formats: how disks are read block by block, not a format.
        ["Exporting"] = "Problems Processes FileSystems Model Records Reports Contracts Formats",
        ["Publishing"] = "Problems Processes FileSystems Model Records Reports Clouds Journals Contracts Formats Exporting",
        ["Distribution"] = "Problems FileSystems Model Records Reports Clouds Journals Contracts Formats Exporting Publishing",
        ["Forecasting"] = "Problems Model Records Reports Contracts",
        ["Comparing"] = "Problems Records",
        ["Pipelines"] = "Problems Yaml Model Reading",
        ["Permissions"] = "Problems Model",
        ["Aws"] = "Problems Model Clouds Contracts",
        ["Actions"] = "Problems Processes Yaml Model Contracts",
        ["Distros"] = "Problems Processes Model Contracts",
        ["Formats"] = "Problems Processes FileSystems Model Records Reports Contracts",
        ["Engines"] = "Problems Processes FileSystems Model Records Reports Clouds Journals Contracts Layers Running Testing",
    };

    [Fact]
    public void A_folder_names_only_what_lies_below_it() => Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .SelectMany(file =>
    {
        var own = file.Split('/')[2];
        return NamedBy(file).Where(other => other != own && !MayName(own, other))
            .Select(other => $"{file}: {own} must not name {other}");
    }));

    [Fact]
    public void Every_folder_of_the_library_has_its_place_in_the_order() =>
        Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .Select(f => f.Split('/')[2]).Distinct().Where(folder => !s_mayName.ContainsKey(folder)));

    [Fact]
    public void The_order_has_no_circles() => Assert.All(s_mayName, entry =>
        Assert.DoesNotContain(entry.Key, Split(entry.Value).SelectMany(below => Split(s_mayName[below]))));

    [Fact]
    public void The_library_does_not_know_Cake() =>
        Rule.HasNoBreaches(typeof(ImageBuilder.Model.Plan).Assembly.GetReferencedAssemblies().Select(a => a.Name ?? "")
            .Where(name => name.StartsWith("Cake", StringComparison.Ordinal)));

    [Fact]
    public void Only_the_folder_Aws_knows_Amazon() => Rule.HasNoBreaches(Repository.Sources("build")
        .Where(file => !file.StartsWith("build/ImageBuilder/Aws/", StringComparison.Ordinal) && Repository.Text(file).Contains("Amazon.", StringComparison.Ordinal)));

    private static bool MayName(string own, string other) =>
        s_mayName.TryGetValue(own, out var list) && Split(list).Contains(other);

    private static string[] Split(string names) => names.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> NamedBy(string file) =>
        Named().Matches(Repository.Text(file)).Select(m => m.Groups["folder"].Value)
        .Where(s_mayName.ContainsKey).Distinct();

    [GeneratedRegex(@"\bImageBuilder\.(?<folder>[A-Z]\w+)")]
    private static partial Regex Named();
}
