using System.Runtime.CompilerServices;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Tests.Actions;
using ImageBuilder.Yaml;

namespace ImageBuilder.Tests.Reading;

/// <summary>
/// Mistakes in recipes: <c>Recipes/&lt;case&gt;.in.yml</c> and beside it every problem. <c>IMAGEBUILDER_GOLDEN=write</c> writes the problems anew.
/// </summary>
public sealed class RecipeTests
{
    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Recipes"); // a compiler-given path has a folder

    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(Folder(), "*.in.yml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Cases))]
    public void Every_mistake_of_a_recipe_is_shown_in_one_run(string name)
    {
        var problems = new ProblemBag();
        Read(File.ReadAllText(Path.Combine(Folder(), name)), name, name.Split('.')[0], problems);
        Golden(Path.Combine(Folder(), name.Replace(".in.yml", ".problems.txt", StringComparison.Ordinal)), string.Join("\n", problems.All.Select(GoldenTests.Shown)));
    }

    [Fact]
    public void What_a_recipe_does_not_say_has_a_default()
    {
        var recipe = Recipe("schemaVersion: 1.0\nname: small\nversion: 1.0.x\nparentImage: { local: debian:12 }\n");
        Assert.Equal(("Linux", "x86_64", 4L << 30, "ext4"), (recipe.Platform, recipe.Architecture, recipe.Disk.Size, recipe.Disk.FileSystem));
        Assert.Equal(["bios", "uefi"], recipe.Disk.Firmware);
        Assert.Empty(recipe.Outputs);
    }

    [Fact]
    public void What_a_recipe_says_is_read()
    {
        var recipe = Recipe("""
            schemaVersion: 1.0
            name: small
            version: 2.x.x
            parentImage: { local: debian:12, aws: ami-1 }
            components: [{ name: app, version: 1.2.x, parameters: { Port: 8080, Names: [a, b] } }]
            tests: [{ name: check }]
            disk: { size: 512 MiB, firmware: [uefi] }
            outputs: [ova, raw]
            """);
        var use = Assert.Single(recipe.Components);
        Assert.Equal(("app", "1.2.x", "2.x.x", "debian:12", "ami-1"), (use.Name, use.Version.ToString(), recipe.Version.ToString(), recipe.Local?.Text, recipe.Aws?.Text));
        Assert.Equal([("Port", "8080"), ("Names", "a,b")], use.Parameters.Select(p => (p.Name, p.Value)));
        Assert.Equal("x.x.x", Assert.Single(recipe.Tests).Version.ToString());
        Assert.Equal(512L << 20, recipe.Disk.Size);
        Assert.Equal(["uefi"], recipe.Disk.Firmware);
        Assert.Equal(["ova", "raw"], recipe.Outputs);
    }

    private static Recipe Recipe(string text)
    {
        var problems = new ProblemBag();
        var recipe = Read(text, "recipe.yml", "small", problems);
        Assert.Empty(problems.All);
        return recipe!; // without problems there is a recipe
    }

    private static Recipe? Read(string text, string shown, string folder, ProblemBag problems) =>
        YamlReader.Read(text, shown, YamlReader.RecipeLimit, problems) is { } root ? new RecipeReader(["raw", "vhdx", "ova"], problems).Read(root, folder) : null;

    private static void Golden(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write") File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path), text);
    }
}
