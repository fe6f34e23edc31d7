using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

public sealed class WhyTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public WhyTests() => _world.Plans.Add(FakeWorld.PlanOf("web", "d1", "Answers"));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Before_the_first_build_there_is_nothing_to_compare_with()
    {
        Assert.Equal(0, _world.Run("--target=Why"));
        Assert.Contains("web 1.0.0: Base debian:12 runs: not built yet", _world.Output, StringComparison.Ordinal);
        Assert.Contains("no build of web has come to an end here", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_step_is_answered_with_the_one_that_is_meant()
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Why", "--step=nginx/build/Instal"));
        Assert.Contains("IB7030", _world.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean `nginx/build/Install`?", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_is_known_by_the_end_of_its_name_and_a_test_by_its_own()
    {
        _world.Run("--target=Image");
        Assert.Equal(0, _world.Run("--target=Why", "--step=Configure"));
        Assert.Contains("nginx/build/Configure is reused: nothing that enters it changed", _world.Output, StringComparison.Ordinal);
        _world.Engine.Tools = "mke2fs 2";
        Assert.Equal(0, _world.Run("--target=Why", "--step=nginx/test/Answers"));
        Assert.Contains("TestImage bios runs: the disk is made anew", _world.Output, StringComparison.Ordinal);
        Assert.Contains("Disk: tools:  → mke2fs 2", _world.Output.Replace("(nothing)", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_folds_what_is_reused_and_knows_how_long_the_rest_took()
    {
        _world.Run("--target=Image");
        _world.Engine.Forget();
        Assert.Equal(0, _world.Run("--target=Plan"));
        Assert.Contains("run    Base debian:12", _world.Output, StringComparison.Ordinal);
        Assert.Matches(@"nginx/build/Install +1\.2 s  the parent image is made anew", _world.Output);
        _world.Run("--target=Image");
        Assert.Equal(0, _world.Run("--target=Plan"));
        Assert.Contains("web 1.0.0: nothing to do, all 8 parts are reused", _world.Output, StringComparison.Ordinal);
        Assert.Contains("reuse  Base debian:12 … Export qcow2 (8 parts)", _world.Output, StringComparison.Ordinal);
    }
}
