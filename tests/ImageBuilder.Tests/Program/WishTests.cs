using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary>What is done again although it is done, and which steps a text means.</summary>
public sealed class WishTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public WishTests() => _world.Plans.Add(FakeWorld.PlanOf("web", "d1", "Answers"));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Without_the_cache_every_stage_runs_again()
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();

        Assert.Equal(0, _world.Run("--target=Image", "--no-cache"));

        Assert.Equal(["Base web", "Customize web", "Disk web", "TestImage web", "Export web"], _world.Engine.Ran);
        Assert.True(_world.Engine.Wishes?.NoCache);
        Assert.DoesNotContain("as it was", _world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx/build/Configure", "nginx/build/Configure", "Customize Disk TestImage Export")]
    [InlineData("nginx/Configure", "nginx/build/Configure", "Customize Disk TestImage Export")]
    [InlineData("Answers", "nginx/test/Answers", "TestImage Export")]
    [InlineData("test/Answers", "nginx/test/Answers", "TestImage Export")]
    public void From_a_step_on_everything_is_done_again(string text, string id, string stages)
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();

        Assert.Equal(0, _world.Run("--target=Image", $"--from-step={text}"));

        Assert.Equal(stages.Split(' ').Select(s => $"{s} web"), _world.Engine.Ran);
        Assert.Equal(id, _world.Engine.Wishes?.FromStep);
    }

    [Fact]
    public void A_refresh_asks_about_the_parent_image_only()
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();

        Assert.Equal(0, _world.Run("--target=Image", "--refresh"));

        Assert.Equal(["Base web"], _world.Engine.Ran);
        Assert.True(_world.Engine.Wishes?.Refresh);
    }

    [Fact]
    public void A_layer_that_was_made_again_is_not_what_the_records_speak_of()
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();
        _world.Engine.MakeAgain("d1-configure");

        Assert.Equal(0, _world.Run("--target=Image"));

        Assert.Equal(["Customize web", "Disk web"], _world.Engine.Ran);
    }

    [Theory]
    [InlineData("nginx/build/Instal", "IB7032", "Did you mean `nginx/build/Install`?")]
    [InlineData("Configur", "IB7032", "Did you mean `nginx/build/Configure`?")]
    [InlineData("something-else", "IB7032", "nginx/build/Install, nginx/build/Configure, nginx/test/Answers")]
    [InlineData("Same", "IB7033", "other/build/Same, third/build/Same")]
    public void A_step_that_is_none_or_several_is_refused_before_anything_runs(string text, string code, string said)
    {
        var plan = _world.Plans[0];
        var same = plan.Build[0] with { Name = "Same" };
        if (text == "Same") _world.Plans[0] = plan with { Build = [same with { Component = "other" }, same with { Component = "third" }] };

        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image", $"--from-step={text}"));

        Assert.Contains(code, _world.Error, StringComparison.Ordinal);
        Assert.Contains(said, _world.Error, StringComparison.Ordinal);
        Assert.Empty(_world.Engine.Ran);
    }

    [Fact]
    public void A_step_of_one_recipe_changes_nothing_for_the_others()
    {
        var plan = FakeWorld.PlanOf("data", "d9");
        _world.Plans.Add(plan with { Build = [plan.Build[0] with { Component = "postgres" }] });
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();

        Assert.Equal(0, _world.Run("--target=Image", "--from-step=postgres/Install"));

        Assert.Equal(["Customize data", "Disk data", "TestImage data", "Export data"], _world.Engine.Ran);
    }

    [Theory]
    [InlineData("--on-error=shel", "IB7037", "Did you mean `shell`?")]
    [InlineData("--on-error=shell", "IB7031", "--on-error=keep")]
    [InlineData("--break=Install", "IB7031", "Standard input is none")]
    [InlineData("--break=Answers", "IB7034", "nginx/test/Answers")]
    [InlineData("--break=Instal", "IB7032", "Did you mean `nginx/build/Install`?")]
    public void What_cannot_be_done_is_said_before_anything_runs(string wish, string code, string said)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Image", wish));

        Assert.Contains(code, _world.Error, StringComparison.Ordinal);
        Assert.Contains(said, _world.Error, StringComparison.Ordinal);
        Assert.Empty(_world.Engine.Ran);
    }

    [Fact]
    public void At_a_terminal_breaks_and_shells_are_the_engine_s()
    {
        _world.InputIsTerminal = true;

        Assert.Equal(0, _world.Run("--target=Customize", "--break=Install", "--break=build/Configure", "--on-error=shell"));

        Assert.Equal(["nginx/build/Configure", "nginx/build/Install"], _world.Engine.Wishes?.Breaks.Order(StringComparer.Ordinal));
        Assert.Equal(ImageBuilder.Contracts.OnError.Shell, _world.Engine.Wishes?.OnError);
    }

    [Fact]
    public void Shell_runs_what_is_piped_in_and_says_nothing_else()
    {
        _world.Input = "cat /etc/os-release\n";

        Assert.Equal(7, _world.Run("--target=Shell", "--recipe=web"));

        Assert.Equal(("from inside", "", "an error\n"), (_world.Piped, _world.Output, _world.Error));
        Assert.Equal("cat /etc/os-release\n", _world.Engine.Shell?.Commands);
    }

    [Theory]
    [InlineData("", "d1-configure", "after all build steps", null)]
    [InlineData("--after=Install", "d1-install", "after nginx/build/Install", "Install")]
    [InlineData("--before=Install", "parent-key", "before nginx/build/Install", "Install")]
    [InlineData("--before=build/Configure", "d1-install", "before nginx/build/Configure", "Configure")]
    [InlineData("--after=parent", "parent-key", "before all steps", null)]
    [InlineData("--after=seal", null, "as it is on the disk", null)]
    public void Shell_shows_the_root_before_or_after_a_step(string place, string? layer, string what, string? step)
    {
        _world.Run(["--target=Shell", "--recipe=web", .. place.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal((layer, what, step), (_world.Engine.Shell?.Layer, _world.Engine.Shell?.What, _world.Engine.Shell?.Step?.Name));
    }

    [Theory]
    [InlineData("--after=Answers", "IB7036")]
    [InlineData("--after=Install --before=Configure", "IB7035")]
    [InlineData("--before=parent", "IB7032")]
    public void Shell_refuses_what_has_no_root(string place, string code)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run(["--target=Shell", "--recipe=web", .. place.Split(' ')]));
        Assert.Contains(code, _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_goes_on_after_a_failure_does_not_begin_anew()
    {
        _world.Engine.On = (step, plan) =>
        {
            if (step == "nginx/build/Configure") throw FakeEngine.Failed(plan, step);
        };

        _world.Run("--target=Customize", "--no-cache", "--from-step=Install", "--refresh", "--on-error=keep");

        Assert.Contains("again: ./build.sh --target=Customize --recipe=web --working=", _world.Error, StringComparison.Ordinal);
        foreach (var once in (string[])["--no-cache", "--from-step", "--refresh"]) Assert.DoesNotContain(once, _world.Error, StringComparison.Ordinal);
        Assert.Contains("--on-error=keep", _world.Error, StringComparison.Ordinal);
    }
}
