using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary>Recipes that start from other recipes' images, in one run.</summary>
public sealed class ParentTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public ParentTests()
    {
        // By name the child comes first.
        var parent = FakeWorld.PlanOf("parent", "d1", "Answers");
        _world.Plans.AddRange([FakeWorld.ChildOf(parent, "child", "d2"), parent]);
    }

    public void Dispose() => _world.Dispose();

    [Theory, InlineData(1), InlineData(2)]
    public void A_child_is_built_after_its_parent_is_customized(int jobs)
    {
        Assert.Equal(0, _world.Run("--target=Image", $"--jobs={jobs}"));
        Assert.InRange(_world.Engine.Ran.IndexOf("Base child"), _world.Engine.Ran.IndexOf("Customize parent"), 10);
        Assert.Equal(10, _world.Engine.Ran.Count);
    }

    [Fact]
    public void A_child_alone_takes_its_parent_as_far_as_it_needs_it()
    {
        Assert.Equal(0, _world.Run("--target=Image", "--recipe=child"));
        Assert.Equal(["Base parent", "Customize parent", "Base child", "Customize child", "Disk child", "TestImage child", "Export child"], _world.Engine.Ran);
        Assert.Contains("parent 1.0.0: customized, for child\n", _world.Output, StringComparison.Ordinal);

        _world.Engine.Ran.Clear();
        Assert.Equal(0, _world.Run("--target=Image", "--recipe=child"));
        Assert.Empty(_world.Engine.Ran);
    }

    [Fact]
    public void The_base_of_a_child_is_its_customized_parent()
    {
        Assert.Equal(0, _world.Run("--target=Base", "--recipe=child"));
        Assert.Equal(["Base parent", "Customize parent", "Base child"], _world.Engine.Ran);
    }

    [Fact]
    public void With_a_stage_alone_no_other_recipe_is_run()
    {
        foreach (var stage in (string[])["Plan", "Base", "Customize"]) Assert.Equal(0, _world.Run($"--target={stage}", "--exclusive", "--recipe=child"));
        Assert.Equal(["Base child", "Customize child"], _world.Engine.Ran);
        Assert.False(Directory.Exists(_world.ArtifactsOf("parent")));
    }

    [Fact]
    public void A_child_of_a_parent_that_fails_is_not_built_and_says_why()
    {
        _world.Plans.Add(FakeWorld.PlanOf("other", "d3"));
        _world.Engine.On = (where, plan) =>
        {
            if ((where, plan.Recipe) == ("Customize", "parent")) throw FakeEngine.Failed(plan, "app/build/Install");
        };
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Image"));
        Assert.DoesNotContain(_world.Engine.Ran, r => r.EndsWith(" child", StringComparison.Ordinal));
        Assert.Contains("Export other", _world.Engine.Ran);
        Assert.Contains("IB2005", _world.Error, StringComparison.Ordinal);
        Assert.Contains("IB0001: Step `app/build/Install` failed.", _world.Error, StringComparison.Ordinal);
        Assert.Contains("child 1.0.0: FAILED in Base", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parent_whose_tests_fail_does_not_keep_its_child()
    {
        _world.Engine.FailingTests.Add("Answers");
        Assert.Equal((int)ExitCode.TestFailed, _world.Run("--target=Image"));
        Assert.Contains("Export child", _world.Engine.Ran);
        Assert.DoesNotContain("Export parent", _world.Engine.Ran);
    }

    [Fact]
    public void The_manifest_names_the_parent_and_its_components()
    {
        Assert.Equal(0, _world.Run("--target=Image", "--recipe=child"));
        Assert.Contains("\"image\": \"parent 1.0.0\"", File.ReadAllText(Path.Combine(_world.ArtifactsOf("child"), "manifest.json")), StringComparison.Ordinal);
    }
}
