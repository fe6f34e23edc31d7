using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Tests.Program;

public sealed class LockTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public LockTests() => _world.Plans.Add(FakeWorld.PlanOf("web", "d1", "Answers"));

    private string File => Path.Combine(_world.Folder, LockFile.PathOf("web"));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Lock_builds_what_it_needs_and_no_image()
    {
        Assert.Equal(0, _world.Run("--target=Lock"));
        Assert.Equal(["Base web", "Customize web"], _world.Engine.Ran);
        Assert.Contains("\"recipe\": \"web\"", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.Contains("locked in recipes/web/recipe.lock.json", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_as_locked_is_built()
    {
        Lock(locked => locked);
        Assert.Equal(0, _world.Run("--target=Image", "--locked"));
        Assert.Equal("Export web", _world.Engine.Ran[^1]);
    }

    [Fact]
    public void What_is_known_before_the_build_is_compared_before_it()
    {
        Lock(locked => locked with { Components = [new LockedComponent("gone", "1.0.0", "")] });
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Image", "--locked"));
        Assert.Empty(_world.Engine.Ran);
        Assert.Contains("IB2014", _world.Error, StringComparison.Ordinal);
        Assert.Contains("component gone  1.0.0", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parent_image_that_is_not_the_locked_one_gets_no_components()
    {
        Lock(locked => locked with { Parent = locked.Parent with { Epoch = 1 } });
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Image", "--locked"));
        Assert.Equal(["Base web"], _world.Engine.Ran);
        Assert.Contains("1700000000", _world.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Image")]
    [InlineData("Disk")]
    public void Other_packages_than_the_locked_ones_become_no_disk(string target)
    {
        Lock(locked => locked with { Packages = [new LockedPackage("curl", "7.88.1-10", "amd64", "abc")] });
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run($"--target={target}", "--locked"));
        Assert.Equal(["Base web", "Customize web"], _world.Engine.Ran);
        Assert.Contains("package curl amd64  7.88.1-10  –", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_in_a_process_of_its_own_compares_what_it_gets()
    {
        Lock(locked => locked with { Packages = [new LockedPackage("curl", "7.88.1-10", "amd64", "abc")] });
        _world.Run("--target=Customize");
        _world.Engine.Ran.Clear();
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Disk", "--exclusive", "--locked"));
        Assert.Empty(_world.Engine.Ran);
    }

    [Fact]
    public void A_lock_is_not_made_of_a_lock() => Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Lock", "--locked"));

    // Plans of this world are not read from files: the lock goes where the planner puts it.
    private void Lock(Func<RecipeLock, RecipeLock> change)
    {
        _world.Run("--target=Lock");
        var problems = new ProblemBag();
        var locked = LockFile.Read(_world.Folder, "web", problems)!;
        Assert.Empty(problems.All);
        _world.Plans[0] = _world.Plans[0] with { Lock = change(locked) };
        _world.Engine.Forget();
        _world.Engine.Ran.Clear();
        Directory.Delete(Path.Combine(_world.Folder, "artifacts"), recursive: true);
    }
}
