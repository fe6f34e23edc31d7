using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Planning;

public sealed class SampleTests
{
    private static readonly Lazy<IReadOnlyList<Plan>> s_plans = new(() => new Planner
    {
        Distributions = [new FakeDistribution()],
        Formats = ["raw", "qcow2", "vmdk", "vhdx", "vhd", "ova"],
    }.PlanAsync(new PlanRequest(TestRepository.OfOurs(), [], "local", "/nonexistent", null, [], null), CancellationToken.None).GetAwaiter().GetResult().Plans);

    [Fact]
    public void The_recipes_of_this_repository_can_be_planned()
    {
        Assert.Equal(["debian-12-minimal", "debian-12-web"], s_plans.Value.Select(p => p.Recipe));
    }
}
