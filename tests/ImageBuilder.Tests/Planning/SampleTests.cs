namespace ImageBuilder.Tests.Planning;

public sealed class SampleTests
{
    /// <summary>Those that come with the toolkit; others are somebody's own.</summary>
    public static IReadOnlyList<string> Recipes { get; } = ["debian-12-minimal", "debian-12-web"];

    [Fact]
    public void The_recipes_of_this_repository_can_be_planned() =>
        Assert.Superset(Recipes.ToHashSet(), TestRepository.PlanOurs().Select(p => p.Recipe).ToHashSet());
}
