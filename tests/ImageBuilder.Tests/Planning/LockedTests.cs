using ImageBuilder.Contracts;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Tests.Planning;

public sealed class LockedTests : IDisposable
{
    private const string App = "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - { name: It, action: ExecuteBash, inputs: { commands: ['true'] } }\n";

    private readonly TestRepository _repository = new TestRepository().WithApp(App).With("components/app/1.1.0/component.yml", App);

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Versions_with_wildcards_are_those_of_the_lock()
    {
        await LockAsync("1.0.0");

        var plan = Planned().Plans[0];

        Assert.Equal("1.0.0", Assert.Single(plan.Components).Version);
        Assert.Empty(LockDifferences.Of(plan, [], plan.Lock!));
        Assert.Equal("1.1.0", Assert.Single(_repository.Plan().Components).Version);
    }

    [Theory]
    [InlineData("1.0.1", "not in the repository")]
    [InlineData("2.0.0", "not what the recipe's pattern means")]
    [InlineData("old", "not even a version")]
    public async Task A_locked_version_that_cannot_be_meant_is_a_difference(string version, string because)
    {
        _repository.With("components/app/2.0.0/component.yml", App).With("recipes/small/recipe.yml",
            TestRepository.Recipe.Replace("{ name: app }", "{ name: app, version: 1.x.x }", StringComparison.Ordinal));
        await LockAsync(version);

        var plan = Planned().Plans[0];

        Assert.True(LockDifferences.Of(plan, [], plan.Lock!) is [var one] && one == new LockDifference("component app", version, "1.1.0"), because);
    }

    [Fact]
    public async Task The_lock_is_no_part_of_the_plan()
    {
        await LockAsync("1.1.0");
        var (locked, plan) = (Planned().Plans[0], _repository.Plan());
        Assert.Equal((plan.Digest, plan.TopKey), (locked.Digest, locked.TopKey));
    }

    [Fact]
    public void A_recipe_without_a_lock_is_a_problem_among_the_others()
    {
        _repository.WithApp(App).With("components/app/1.1.0/component.yml", App.Replace("ExecuteBash", "ExecuteBush", StringComparison.Ordinal));

        var refused = Assert.Throws<ProblemException>(() => Planned());

        Assert.Equal(["IB1206", "IB2010"], refused.Problems.Select(p => p.Code).Order(StringComparer.Ordinal));
    }

    private async Task LockAsync(string version)
    {
        var plan = _repository.Plan();
        var component = plan.Components[0];
        var locked = LockOf.Build(
            plan with { Components = [component with { Version = version, Digest = component.Digest }] }, new Based("", "", 0, Reused: false, 0),
            new Customized("", "", 0, [], []), []);
        await LockFile.WriteAsync(_repository.Root, locked, TestContext.Current.CancellationToken);
    }

    private Planned Planned() => new Planner { Distributions = [_repository.Distribution], FormatNames = ["raw"] }
        .PlanAsync(new PlanRequest(_repository.Root, [], "local", _repository.Artifacts, null, [], null) { Locked = true }, CancellationToken.None)
        .GetAwaiter().GetResult();
}
