using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Tests.Actions;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Library;

/// <summary>What every component of this repository keeps to.</summary>
public sealed class ComponentTests
{
    private static readonly Repository s_repository = new(TestRepository.OfOurs());

    public static TheoryData<string, string> All =>
        [.. s_repository.ComponentNames.SelectMany(name => s_repository.Versions(name).Order().Select(v => (name, v.ToString())))];

    public static TheoryData<string, string> ForWindows => [.. All.Select(row => row.Data).Where(row => Platform(row.Item1) == "Windows")];

    [Theory, MemberData(nameof(All))]
    public void Its_document_has_no_mistake_and_no_warning(string name, string version)
    {
        var folder = Path.Combine(s_repository.Root, "components", name, version);
        Assert.Empty(RenderedDocument.For(Platform(name), File.ReadAllText(Path.Combine(folder, "component.yml")), folder).Problems);
    }

    [Theory, MemberData(nameof(All))]
    public void It_says_what_it_is_and_what_each_parameter_is_for(string name, string version)
    {
        var document = Read(name, version);
        Assert.Equal(name, document.Name);
        Assert.NotEmpty(document.Description);
        Assert.All(document.Parameters, p => Assert.NotEmpty(p.Description));
    }

    [Theory, MemberData(nameof(All))]
    public void It_checks_what_it_builds(string name, string version)
    {
        var phases = Read(name, version).Phases.Select(p => p.Name).ToList();
        Assert.True(phases.Contains(DocumentPhase.Validate) || phases.Contains(DocumentPhase.Test), "It has neither a phase validate nor a phase test.");
    }

    [Theory, MemberData(nameof(ForWindows))]
    public void PowerShell_can_read_its_scripts(string name, string version)
    {
        var folder = Path.Combine(s_repository.Root, "components", name, version);
        var steps = RenderedDocument.For("Windows", File.ReadAllText(Path.Combine(folder, "component.yml")), folder).Steps;
        Assert.NotEmpty(steps);
        Assert.All(steps.SelectMany(s => s.Scripts), script => Assert.Empty(PowerShellSyntaxTests.Errors(script.ToString())));
    }

    private static string Platform(string component) => component.Split('-').Contains("windows") ? "Windows" : "Linux";

    private static ComponentDocument Read(string name, string version)
    {
        var problems = new ProblemBag();
        var document = s_repository.ReadComponent(name, VersionNumber.TryParse(version)!.Value, problems); // as the repository lists them
        Assert.Empty(problems.All);
        return document!; // without problems there is one
    }
}
