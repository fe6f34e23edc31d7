using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reading;
using ImageBuilder.Tests.Planning;
using ImageBuilder.Yaml;

namespace ImageBuilder.Tests.Actions;

/// <summary>shellcheck has nothing to say about what the templates render, nor about the commands in our own components.</summary>
public sealed class ShellcheckTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    [Fact]
    public Task Rendered_scripts_are_clean() => CheckAsync(Directory
        .EnumerateFiles(Path.Combine(TestRepository.OfOurs(), "tests/ImageBuilder.Tests/Actions"), "*.in.yml", SearchOption.AllDirectories)
        .Where(f => !Path.GetFileName(f).StartsWith("windows", StringComparison.Ordinal))
        .SelectMany(f => RenderedDocument.Of(File.ReadAllText(f), Path.GetDirectoryName(f)!).Steps) // it lies in a folder
        .SelectMany(s => s.Scripts).Select(s => s.ToString()));

    [Fact]
    public Task Rendered_scripts_of_our_recipes_are_clean() => CheckAsync(TestRepository.PlanOurs()
        .SelectMany(p => p.Build.Concat(p.Validate).Concat(p.Test)).SelectMany(s => s.WithNested).SelectMany(s => new[] { s.If?.Script, s.Script })
        .OfType<Script>().Select(s => s.ToString()));

    [Fact]
    public Task Rendered_scripts_of_our_components_are_clean() => CheckAsync(Components
        .SelectMany(Rendered).SelectMany(s => s.Scripts).Select(s => s.ToString()));

    [Fact]
    public Task Commands_in_our_components_are_clean() => CheckAsync(Components
        .SelectMany(f => Commands(YamlReader.ReadFile(f, f, YamlReader.DocumentLimit, new ProblemBag())!)) // all of them are read by other tests
        .Select(text => "#!/usr/bin/env bash\n" + text));

    private static IEnumerable<string> Components =>
        Directory.EnumerateFiles(Path.Combine(TestRepository.OfOurs(), "components"), "component.yml", SearchOption.AllDirectories);

    public void Dispose() => _folder.Dispose();

    private async Task CheckAsync(IEnumerable<string> scripts)
    {
        var programs = new ProgramRunner();
        Assert.SkipWhen(programs.Find("shellcheck") is null, "It needs the program shellcheck.");
        var files = new List<string>();
        foreach (var script in scripts.Distinct())
        {
            files.Add(_folder.At($"{files.Count}.sh"));
            await File.WriteAllTextAsync(files[^1], script, TestContext.Current.CancellationToken);
        }

        Assert.NotEmpty(files);
        // SC1091: files that scripts source, such as /etc/os-release, are those of the image.
        var result = await programs.RunAsync(new Command("shellcheck", ["--shell=bash", "--exclude=SC1091", .. files]), TestContext.Current.CancellationToken);
        Assert.Equal("", result.Output);
    }

    private static IReadOnlyList<RenderedDocument.Step> Rendered(string component)
    {
        var values = new DocumentReader(new ProblemBag()).ReadFile(component, component)!.Parameters.Where(p => p.Default is null).Select(p => (p.Name, "made-up"));
        return RenderedDocument.Of(File.ReadAllText(component), Path.GetDirectoryName(component)!, component, [.. values]).Steps; // it lies in a folder
    }

    private static IEnumerable<string> Commands(YamlNode node) => node switch
    {
        YamlList list => list.Items.SelectMany(Commands),
        YamlMap map when map.Find("action")?.Value is YamlScalar { Text: "ExecutePowerShell" } => [],
        YamlMap map => map.Entries.SelectMany(e => e is { Key.Text: "commands", Value: YamlList lines }
            ? [string.Join('\n', lines.Items.OfType<YamlScalar>().Select(l => l.Text))] : Commands(e.Value)),
        _ => [],
    };
}
