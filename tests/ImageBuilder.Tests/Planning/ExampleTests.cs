using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Planning;

/// <summary>What the reference pages show as a whole can be pasted: no problem and no warning is found in it.</summary>
public sealed class ExampleTests
{
    [Fact]
    public void The_document_of_the_components_page_has_no_mistakes()
    {
        using var repository = new TestRepository();
        Assert.All(Examples("components/README.md"), example =>
        {
            repository.With("component.yml", example);
            Assert.Empty(new DocumentCheck().Check(Path.Combine(repository.Root, "component.yml"), "component.yml", "Linux"));
        });
    }

    [Fact]
    public void The_recipe_of_the_recipes_page_can_be_planned()
    {
        using var repository = new TestRepository();
        Directory.CreateSymbolicLink(Path.Combine(repository.Root, "components"), Path.Combine(TestRepository.OfOurs(), "components"));
        Assert.All(Examples("recipes/README.md"), example =>
        {
            var name = example.Split('\n').Single(l => l.StartsWith("name: ", StringComparison.Ordinal))[6..];
            Assert.Empty(repository.With($"recipes/{name}/recipe.yml", example).Problems(name));
        });
    }

    private static List<string> Examples(string page)
    {
        var examples = File.ReadAllText(Path.Combine(TestRepository.OfOurs(), page)).Split("```yaml\n")[1..].Select(e => e.Split("```\n")[0]).ToList();
        Assert.NotEmpty(examples);
        return examples;
    }
}
