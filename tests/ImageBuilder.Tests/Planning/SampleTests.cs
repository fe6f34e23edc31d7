namespace ImageBuilder.Tests.Planning;

public sealed class SampleTests
{
    [Fact]
    public void The_recipes_of_this_repository_can_be_planned() =>
        Assert.Superset(new HashSet<string> { "debian-12-minimal", "debian-12-web" }, TestRepository.PlanOurs().Select(p => p.Recipe).ToHashSet());
}
