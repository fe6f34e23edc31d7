using System.Text.RegularExpressions;
using ImageBuilder.Prerequisites;
using ImageBuilder.Tests.House;

namespace ImageBuilder.Tests.Prerequisites;

public sealed partial class HostToolsTests
{
    // Asked for only where they are: nothing is missing without them.
    private static readonly string[] s_optional = ["sudo", "dpkg-query"];

    private static readonly string[] s_ofPackagesInTheList = ["mmd"];

    private static IEnumerable<string> Texts => Repository.Files
        .Where(f => f.StartsWith("build/ImageBuilder/", StringComparison.Ordinal) && Path.GetExtension(f) is ".cs" or ".sh")
        .Where(f => Path.GetFileName(f) != $"{nameof(HostTools)}.cs")
        .Select(Repository.Text);

    [Fact]
    public void Every_tool_of_the_list_is_used_by_the_library_or_its_tests()
    {
        var sources = string.Concat(Texts);
        var tests = string.Concat(Repository.Files
            .Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && Path.GetFileName(f) != $"{nameof(HostToolsTests)}.cs").Select(Repository.Text));
        Assert.All(HostTools.All, tool => Assert.Contains(NameInSources(tool), tool.Stages is ["Test"] ? sources + tests : sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_program_that_the_library_starts_is_in_the_list()
    {
        var started = Texts.SelectMany(text => Started().Matches(text)).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.Contains("qemu-img", started);
        Assert.Empty(started.Except(HostTools.All.Select(t => t.Name)).Except(s_optional).Except(s_ofPackagesInTheList));
    }

    // GRUB's modules are named by their folder.
    private static string NameInSources(HostTool tool) =>
        tool.Name.StartsWith("/usr/lib/grub/", StringComparison.Ordinal) ? tool.Name.Split('/')[4] : Path.GetFileName(tool.Name);

    [GeneratedRegex(@"(?:new Command\(\s*|Command [A-Z]\w*\([^)]*\) =>\s*new\()""([^""]+)""")]
    private static partial Regex Started();
}
