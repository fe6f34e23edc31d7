using ImageBuilder.Contracts;
using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Planning;

/// <summary>Recipes that start from other recipes' images.</summary>
public sealed class RecipeFamilyTests : IDisposable
{
    private readonly TestRepository _repository = new();

    public RecipeFamilyTests()
    {
        foreach (var name in (string[])["one", "two", "three"]) Component(name, $"echo {name}");
        Recipe("bottom", "debian:12", "one");
        Recipe("middle", "recipe:bottom@1.x.x", "two");
        Recipe("top", "recipe:middle@1.0.x", "three");
    }

    public void Dispose() => _repository.Dispose();

    [Fact]
    public void A_child_has_the_layers_of_a_recipe_with_all_components()
    {
        Recipe("flat", "debian:12", "one", "two", "three");
        var (top, flat) = (Plan("top").Plans[0], Plan("flat").Plans[0]);
        Assert.Equal(flat.TopKey, top.TopKey);
        Assert.Equal(("recipe", "recipe:middle@1.0.x", "debian", "bookworm"), (top.Parent.Kind, top.Parent.Reference, top.Parent.Distribution, top.Parent.Release));
        Assert.Equal(["three"], top.Components.Select(c => c.Name));
        Assert.Equal(["middle", "bottom"], top.Parent.Line.Select(p => p.Recipe));
        Assert.Equal(3, top.Parent.Layers); // with the bootstrap
        Assert.Equal(1, flat.Parent.Layers);
    }

    [Fact]
    public void Recipes_that_others_start_from_are_planned_without_being_asked_for()
    {
        var planned = Plan("top");
        Assert.Equal(["top"], planned.Plans.Select(p => p.Recipe));
        Assert.Equal(["bottom", "middle"], planned.Parents.Select(p => p.Recipe));
        Assert.Equal(["bottom"], Plan("top", "middle").Parents.Select(p => p.Recipe));
        Assert.Empty(Plan().Parents);
        Assert.Equal(planned.Parents[1].Digest, planned.Plans[0].Parent.Plan!.Digest); // one of a recipe
    }

    [Fact]
    public void What_changes_a_parent_changes_its_children_and_what_does_not_does_not()
    {
        var before = Plan("top").Plans[0];
        _repository.With("recipes/bottom/recipe.yml", Text("bottom", "debian:12", "one") + "outputs: [raw]\ntests: [{ name: two }]\n");
        Assert.Equal(before.TopKey, Plan("top").Plans[0].TopKey);
        Assert.Equal(before.Digest, Plan("top").Plans[0].Digest);
        Component("one", "echo another");
        var after = Plan("top").Plans[0];
        Assert.NotEqual(before.TopKey, after.TopKey);
        Assert.NotEqual(before.Stages.Base, after.Stages.Base);
    }

    [Fact]
    public void Disks_and_firmware_may_differ()
    {
        _repository.With("recipes/middle/recipe.yml", Text("middle", "recipe:bottom", "two") + "disk: { size: 2GiB, firmware: [uefi] }\n");
        Assert.Equal((2L << 30, "uefi"), (Plan("middle").Plans[0].Disk.Size, Assert.Single(Plan("middle").Plans[0].Disk.Firmware)));
    }

    [Theory]
    [InlineData("recipe:botom@1.x.x", "IB1137", "Did you mean `bottom`?")]
    [InlineData("recipe:", "IB1137", "bottom")]
    [InlineData("recipe:bottom@1", "IB1136", "recipe:bottom@1.x.x")]
    [InlineData("recipe:bottom@1.x.x@2.x.x", "IB1136", "recipe:bottom@1.x.x")]
    [InlineData("recipe:bottom@2.x.x", "IB1139", "recipe:bottom@1.0.x")]
    [InlineData("recipe:bottom@1.0.7", "IB1139", "recipe:bottom@1.0.x")]
    [InlineData("recipe:middle", "IB1138", "debian:12")]
    [InlineData("recipe:top@1.x.x", "IB1138", "debian:12")]
    [InlineData("recipe:windows", "IB1141", "platform")]
    public void A_parent_that_cannot_be_is_a_problem_with_its_place(string parent, string code, string fix)
    {
        _repository.With("recipes/windows/recipe.yml", "schemaVersion: 1.0\nname: windows\nversion: 1.0.x\nplatform: Windows\nparentImage: { aws: windows-server-2022 }\n");
        Recipe("middle", parent, "two");
        var problem = Assert.Single(_repository.Problems("middle", "bottom", "top"));
        Assert.Equal(code, problem.Code);
        Assert.Contains(fix, code == "IB1137" && parent == "recipe:" ? problem.Why : problem.Fix, StringComparison.Ordinal);
        Assert.Matches(@"^recipes/(middle|top)/recipe\.yml:4:23$", problem.At!.ToString()); // has a place
        if (parent == "recipe:top@1.x.x") Assert.Contains("middle -> top -> middle", problem.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_a_parent_is_said_once_where_it_is()
    {
        Component("one", "echo one", "CreateFiel");
        Assert.StartsWith("components/one/", Assert.Single(_repository.Problems()).At!.File, StringComparison.Ordinal); // has a place
    }

    [Fact]
    public async Task A_component_is_tried_on_an_image_of_another_recipe()
    {
        var request = new PlanRequest(_repository.Root, ["top"], "local", _repository.Artifacts, null, [], null);
        var document = Path.Combine(_repository.Root, "components/one/1.0.0/component.yml");
        var planner = new Planner { Distributions = [_repository.Distribution] };
        var trial = (await planner.PlanTrialAsync(new TrialRequest(request, document, "one", [], []), TestContext.Current.CancellationToken)).Plans[0];
        Assert.Equal(["middle", "bottom"], trial.Parent.Line.Select(p => p.Recipe));
    }

    private Planned Plan(params IReadOnlyList<string> recipes) =>
        new Planner { Distributions = [_repository.Distribution] }.PlanAsync(
            new PlanRequest(_repository.Root, recipes, "local", _repository.Artifacts, null, [], null), CancellationToken.None).GetAwaiter().GetResult();

    private void Recipe(string name, string parent, params string[] components) => _repository.With($"recipes/{name}/recipe.yml", Text(name, parent, components));

    private static string Text(string name, string parent, params string[] components) => $$"""
        schemaVersion: 1.0
        name: {{name}}
        version: 1.0.x
        parentImage: { local: '{{parent}}' }
        components: [{{string.Join(", ", components.Select(c => $"{{ name: {c} }}"))}}]

        """;

    private void Component(string name, string command, string action = "ExecuteBash") => _repository.With($"components/{name}/1.0.0/component.yml", $$"""
        schemaVersion: 1.0
        phases:
          - name: build
            steps: [{ name: Do, action: {{action}}, inputs: { commands: [{{command}}] } }]
          - name: test
            steps: [{ name: Look, action: ExecuteBash, inputs: { commands: ["true"] } }]

        """);
}
