using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Program;

/// <summary>
/// Mistakes that people make, through the command line: each ends with 2, names its place, and says what to write instead.
/// </summary>
public sealed class WrongInputTests : IDisposable
{
    private const string Recipe = """
        schemaVersion: 1.0
        name: web
        version: 1.0.0
        parentImage: { local: debian:12 }
        components:
          - name: greeting
            version: 1.x.x
            parameters: { Who: world }
        disk: { size: 1GiB }
        outputs: [raw]

        """;

    private const string Component = """
        schemaVersion: 1.0
        name: greeting
        parameters:
          - Who:
              type: string
              description: Whom to greet.
        phases:
          - name: build
            steps:
              - name: Greet
                action: ExecuteBash
                inputs:
                  commands:
                    - echo '{{ Who }}' > /etc/greeting

        """;

    private readonly FakeWorld _world = new()
    {
        Planner = new Planner
        {
            Distributions = [new FakeDistribution()],
            FormatNames = ["raw", "qcow2"]
        }
    };

    public WrongInputTests()
    {
        Write(Recipe, Component);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void The_input_that_the_others_spoil_is_right() => Assert.Equal(0, _world.Run("--target=Plan"));

    [Theory]
    [InlineData("version: 1.x.x", "version: 2.x.x", "recipes/web/recipe.yml:7:14", "1.0.0")] // no such version
    [InlineData("name: greeting", "name: greting", "recipes/web/recipe.yml:6:11", "greeting")] // no such component
    [InlineData("components:", "componets:", "recipes/web/recipe.yml:5:1", "components")] // no such key
    [InlineData("debian:12", "debain:12", "recipes/web/recipe.yml:4:", "debian")] // no such distribution
    [InlineData("[raw]", "[qcow]", "recipes/web/recipe.yml:10:", "qcow2")] // no such format
    [InlineData("Who: world", "Whom: world", "recipes/web/recipe.yml:8:", "Who")] // no such parameter
    [InlineData("parameters: { Who: world }", "parameters: {}", "recipes/web/recipe.yml:6:", "Who")] // missing parameter
    [InlineData("1.0.0", "1.0.0\n  bad indentation: [", "recipes/web/recipe.yml:", "")] // not YAML
    public void A_mistake_in_a_recipe(string right, string wrong, string place, string suggestion) =>
        Ends(Recipe.Replace(right, wrong, StringComparison.Ordinal), Component, place, suggestion);

    [Theory]
    [InlineData("ExecuteBash", "ExecuteBsh", ":11:17", "ExecuteBash")] // no such action
    [InlineData("commands:", "comands:", ":13:11", "commands")] // no such input
    [InlineData("{{ Who }}", "{{ Whoo }}", ":14:", "Who")] // no such parameter
    [InlineData("name: build", "name: biuld", ":8:", "build")] // no such phase
    [InlineData("steps:", "steps", ":", "")] // not YAML
    public void A_mistake_in_a_component(string right, string wrong, string place, string suggestion) =>
        Ends(Recipe, Component.Replace(right, wrong, StringComparison.Ordinal), $"components/greeting/1.0.0/component.yml{place}",
        suggestion);

    [Fact]
    public void All_mistakes_are_shown_in_one_run()
    {
        Write(Recipe.Replace("disk:", "dsk:", StringComparison.Ordinal).Replace("[raw]", "[row]", StringComparison.Ordinal),
            Component.Replace("ExecuteBash", "ExecuteBsh", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image"));
        Assert.Equal(3, _world.Error.Split('\n').Count(l => l.Contains(": error IB", StringComparison.Ordinal)));
        Assert.False(Directory.Exists(Path.Combine(_world.Folder, "artifacts")));
    }

    [Fact]
    public void An_unknown_recipe()
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image", "--recipe=wbe"));
        Assert.Contains("Did you mean `web`?", _world.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target=Imge", "Image")]
    [InlineData("--recipie=web", "--recipe")]
    [InlineData("--engine=locla", "local")]
    [InlineData("--output=qcow", "qcow2")]
    [InlineData("Image", "--target=Image")]
    [InlineData("--recipe", "--recipe=NAME")]
    [InlineData("--no-install=perhaps", "--no-install")]
    public void A_mistake_on_the_command_line(string wrong, string suggestion)
    {
        string[] arguments = wrong.StartsWith("--target", StringComparison.Ordinal) ? [wrong] : ["--target=Plan", wrong];
        Assert.Equal((int)ExitCode.Usage, _world.Run(arguments));
        Assert.Contains(suggestion, _world.Error, StringComparison.Ordinal);
        Assert.Empty(_world.Engine.Ran);
    }

    [Fact]
    public void Switches_without_a_target()
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--recipe=web"));
        Assert.Contains("--target=Image --recipe=web", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_SOURCE_DATE_EPOCH_that_is_no_number()
    {
        _world.Environment["SOURCE_DATE_EPOCH"] = "yesterday";
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Plan"));
        Assert.Contains("IB7006", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_changed_between_two_processes()
    {
        Assert.Equal(0, _world.Run("--target=Customize"));
        Write(Recipe, Component.Replace("/etc/greeting", "/etc/motd", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Disk", "--exclusive"));
        Assert.Contains("IB2002", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void New_writes_a_recipe_and_a_component_that_can_be_planned()
    {
        Assert.Equal(0, _world.Run("--target=New", "--recipe=mine", "--component=parts"));
        var recipe = Path.Combine(_world.Folder, "recipes/mine/recipe.yml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("components: []", "components: [{ name: parts }]",
            StringComparison.Ordinal));
        Assert.Equal(0, _world.Run("--target=Plan", "--recipe=mine"));
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=New", "--recipe=mine"));
        Assert.Contains("IB7012", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void New_without_a_name_or_with_a_bad_one()
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=New"));
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=New", "--recipe=../mine"));
        Assert.Contains("IB7011", _world.Error, StringComparison.Ordinal);
    }

    private void Write(string recipe, string component)
    {
        _world.Write("recipes/web/recipe.yml", recipe);
        _world.Write("components/greeting/1.0.0/component.yml", component);
    }

    private void Ends(string recipe, string component, string place, string suggestion)
    {
        Write(recipe, component);
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image"));
        Assert.Contains(place, _world.Error, StringComparison.Ordinal);
        Assert.Contains(suggestion, _world.Error, StringComparison.Ordinal);
        Assert.Contains("    fix: ", _world.Error, StringComparison.Ordinal);
        Assert.Empty(_world.Engine.Ran);
    }
}
