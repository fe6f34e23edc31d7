using ImageBuilder.Problems;
using ImageBuilder.Tests.Program;

namespace ImageBuilder.Tests.Pipelines;

/// <summary><c>--target=Ci</c>, and what <c>Validate</c> says of what it wrote.</summary>
public sealed class CiTests : IDisposable
{
    private readonly CiRepository _repository = CiRepository.WithFamily();

    private FakeWorld World => _repository.World;

    public void Dispose() => _repository.Dispose();

    [Theory]
    [InlineData(".ci/buildspec.yml")]
    [InlineData(".ci/buildspec.validate.yml")]
    [InlineData(".ci/buildspec.plan.yml")]
    [InlineData(".ci/buildspec.build.yml")]
    [InlineData(".ci/buildspec.test.yml")]
    [InlineData(".ci/pipeline.yml")]
    [InlineData(".github/workflows/images.yml")]
    [InlineData(".gitlab-ci.yml")]
    public void Every_file_is_written_from_the_recipes(string file)
    {
        Assert.Equal(0, World.Run("--target=Ci", "--ci=codepipeline,github,gitlab"));
        Golden.Check(_repository.Text(file), Path.GetFileName(file));
    }

    [Fact]
    public void Without_a_choice_the_files_are_for_CodePipeline_and_then_for_those_that_have_some()
    {
        Assert.Equal(0, World.Run("--target=Ci"));
        Assert.True(_repository.Has(".ci/pipeline.yml"));
        Assert.False(_repository.Has(".gitlab-ci.yml"));

        Directory.Delete(Path.Combine(_repository.Folder, ".ci"), recursive: true);
        Assert.Equal(0, World.Run("--target=Ci", "--ci=gitlab"));
        _repository.Add("new", "debian:12");
        Assert.Equal(0, World.Run("--target=Ci"));
        Assert.False(_repository.Has(".ci/pipeline.yml"));
        Assert.Contains("test new", _repository.Text(".gitlab-ci.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Again_it_writes_nothing()
    {
        World.Run("--target=Ci");
        Assert.Contains("Wrote .ci/buildspec.yml", World.Output, StringComparison.Ordinal);
        Assert.Equal(0, World.Run("--target=Ci"));
        Assert.DoesNotContain("Wrote", World.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_says_nothing_where_no_such_file_was_written()
    {
        World.Write(".gitlab-ci.yml", "mine: {}\n");
        Assert.Equal(0, World.Run("--target=Validate"));
    }

    [Fact]
    public void Validate_says_when_the_recipes_have_changed_since()
    {
        World.Run("--target=Ci", "--ci=codepipeline,github");
        Assert.Equal(0, World.Run("--target=Validate"));

        _repository.Add("new", "debian:12");
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Validate", "--exclusive"));
        foreach (var file in (string[])[".ci/buildspec.yml", ".ci/buildspec.build.yml", ".ci/pipeline.yml", ".github/workflows/images.yml"])
            Assert.Equal(file != ".ci/pipeline.yml", World.Error.Contains($"IB8501: `{file}`", StringComparison.Ordinal));
        Assert.Contains("./build.sh --target=Ci", World.Error, StringComparison.Ordinal);

        Assert.Equal(0, World.Run("--target=Ci"));
        Assert.Equal(0, World.Run("--target=Validate"));
    }

    [Theory, InlineData(".ci/pipeline.yml"), InlineData(".ci/buildspec.test.yml")]
    public void Validate_says_when_a_file_is_missing(string file)
    {
        World.Run("--target=Ci");
        File.Delete(Path.Combine(_repository.Folder, file));
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Validate"));
        Assert.Contains($"IB8501: `{file}`", World.Error, StringComparison.Ordinal);
        Assert.Contains("It is missing", World.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_changed_by_hand_is_said_and_not_written_over()
    {
        World.Run("--target=Ci");
        var own = _repository.Text(".ci/pipeline.yml").Replace("BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_2XLARGE", StringComparison.Ordinal);
        World.Write(".ci/pipeline.yml", own);
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Validate"));
        Assert.Contains("changed by hand", World.Error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Ci"));
        Assert.Contains("IB8502", World.Error, StringComparison.Ordinal);
        Assert.Equal(own, _repository.Text(".ci/pipeline.yml"));
    }

    [Fact]
    public void What_somebody_else_wrote_is_not_written_over()
    {
        World.Write(".gitlab-ci.yml", "mine: {}\n");
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Ci", "--ci=codepipeline,gitlab"));
        Assert.Contains("IB8502: `.gitlab-ci.yml`", World.Error, StringComparison.Ordinal);
        Assert.False(_repository.Has(".ci/pipeline.yml"));
    }

    [Fact]
    public void Line_ends_of_another_system_are_no_change()
    {
        World.Run("--target=Ci", "--ci=github");
        World.Write(".github/workflows/images.yml", _repository.Text(".github/workflows/images.yml").Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal(0, World.Run("--target=Validate"));
    }

    [Fact]
    public void What_is_needed_no_longer_is_removed()
    {
        World.Run("--target=Ci");
        var validate = _repository.Text(".ci/buildspec.validate.yml");
        World.Write(".ci/buildspec.promote.yml", validate); // written by us when recipes were distributed
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Validate"));
        Assert.Contains("Nothing needs it", World.Error, StringComparison.Ordinal);
        Assert.Equal(0, World.Run("--target=Ci"));
        Assert.False(_repository.Has(".ci/buildspec.promote.yml"));
    }

    [Theory]
    [InlineData("--ci=jenkins", "IB8504")]
    [InlineData("--ci=github,githup", "IB8504")]
    public void Systems_that_do_not_exist_are_refused(string given, string code)
    {
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Ci", given));
        Assert.Contains(code, World.Error, StringComparison.Ordinal);
        Assert.False(_repository.Has(".github/workflows/images.yml"));
    }

    [Fact]
    public void Recipes_in_a_circle_are_refused()
    {
        _repository.Add("base", "recipe:web@1.x.x");
        Assert.Equal((int)ExitCode.Usage, World.Run("--target=Ci"));
        Assert.Contains("IB8505", World.Error, StringComparison.Ordinal);
    }
}
