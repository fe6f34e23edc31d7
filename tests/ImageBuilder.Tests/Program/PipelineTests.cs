using System.Text.Json;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

public sealed class PipelineTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public PipelineTests() => _world.Plans.Add(FakeWorld.PlanOf("web", "d1", "Answers"));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Image_runs_every_stage_in_order()
    {
        Assert.Equal(0, _world.Run("--target=Image"));
        Assert.Equal(["Base web", "Customize web", "Disk web", "TestImage web", "Export web"], _world.Engine.Ran);
    }

    [Fact]
    public void The_same_command_again_does_nothing()
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();
        Assert.Equal(0, _world.Run("--target=Image"));
        Assert.Empty(_world.Engine.Ran);
        Assert.Contains("nothing changed", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_artifact_that_was_touched_or_lost_is_written_again()
    {
        _world.Run("--target=Image");
        _world.Engine.Ran.Clear();
        File.Delete(Path.Combine(_world.ArtifactsOf("web"), "web-1.0.0.qcow2"));
        _world.Run("--target=Image");
        Assert.Equal(["Export web"], _world.Engine.Ran);

        _world.Engine.Ran.Clear();
        File.SetLastWriteTimeUtc(Path.Combine(_world.ArtifactsOf("web"), "web.raw"), DateTime.UtcNow.AddHours(1));
        _world.Run("--target=Image");
        Assert.Equal(["Disk web"], _world.Engine.Ran);
    }

    [Fact]
    public void Each_stage_can_run_in_a_process_of_its_own()
    {
        foreach (var stage in (string[])["Validate", "Plan", "Base", "Customize", "Disk", "TestImage", "Export", "Image"])
            Assert.Equal(0, _world.Run($"--target={stage}", "--exclusive"));
        Assert.Equal(["Base web", "Customize web", "Disk web", "TestImage web", "Export web"], _world.Engine.Ran);
    }

    [Theory]
    [InlineData("Base", "plan.json", "Plan")]
    [InlineData("Customize", "base.json", "Base")]
    [InlineData("Disk", "customize.json", "Customize")]
    [InlineData("TestImage", "disk.json", "Disk")]
    [InlineData("Export", "disk.json", "Disk")]
    [InlineData("Image", "export.json", "Export")]
    public void A_stage_without_the_record_before_it_names_the_target_to_run(string stage, string record, string target)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run($"--target={stage}", "--exclusive"));
        Assert.Contains("IB2001", _world.Error, StringComparison.Ordinal);
        Assert.Contains(record, _world.Error, StringComparison.Ordinal);
        Assert.Contains($"--target={target} --recipe=web", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_refuses_a_record_of_another_plan()
    {
        _world.Run("--target=Disk");
        _world.Plans[0] = FakeWorld.PlanOf("web", "d2", "Answers");
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=TestImage", "--exclusive"));
        Assert.Contains("IB2002", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_test_ends_with_11_and_nothing_is_exported()
    {
        _world.Engine.FailingTests.Add("Answers");
        Assert.Equal((int)ExitCode.TestFailed, _world.Run("--target=Image"));
        Assert.DoesNotContain("Export web", _world.Engine.Ran);
        Assert.Contains("2 of 2 tests", _world.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_world.ArtifactsOf("web"), "export.json")));
    }

    [Fact]
    public void A_failed_test_is_not_taken_as_done_by_the_next_run()
    {
        _world.Engine.FailingTests.Add("Answers");
        _world.Run("--target=TestImage");
        _world.Engine.FailingTests.Clear();
        _world.Engine.Ran.Clear();
        Assert.Equal(0, _world.Run("--target=Image"));
        Assert.Equal(["TestImage web", "Export web"], _world.Engine.Ran);
    }

    [Fact]
    public void A_recipe_that_fails_does_not_stop_the_others()
    {
        _world.Plans.Insert(0, FakeWorld.PlanOf("broken", "d0"));
        _world.Engine.On = (where, plan) =>
        {
            if (plan.Recipe == "broken" && where.EndsWith("Install", StringComparison.Ordinal)) throw FakeEngine.Failed(
                plan, where);
        };
        Assert.Equal((int)ExitCode.BuildFailed, _world.Run("--target=Image"));
        Assert.Contains("Export web", _world.Engine.Ran);
        Assert.DoesNotContain("Disk broken", _world.Engine.Ran);
        Assert.Contains("again: ./build.sh --target=Customize --recipe=broken", _world.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_ends_with_130_and_says_how_to_go_on()
    {
        _world.Engine.On = (where, _) =>
        {
            if (where == "Disk") _world.Stop.Cancel();
            if (where == "Disk") throw new IOException("a killed program");
        };
        Assert.Equal((int)ExitCode.Stopped, _world.Run("--target=Image", "--recipe=web"));
        Assert.DoesNotContain("bug", _world.Shown, StringComparison.Ordinal);
        Assert.Contains("./build.sh --target=Image --recipe=web", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_that_nobody_expected_is_called_a_bug()
    {
        _world.Engine.On = (where, _) => { if (where == "Disk") throw new InvalidOperationException("odd"); };
        Assert.Equal((int)ExitCode.Bug, _world.Run("--target=Image"));
        Assert.Contains("IB7090", _world.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _world.Error, StringComparison.Ordinal);
        _world.Run("--target=Image", "--verbosity=diagnostic");
        Assert.Contains("at ImageBuilder.Tests.Program", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_writes_the_plan_and_its_scripts_and_nothing_else()
    {
        Assert.Equal(0, _world.Run("--target=Plan"));
        Assert.Empty(_world.Engine.Ran);
        Assert.Equal(
            ["events.jsonl", "forecast.json", "plan.json", "scripts/001-build-nginx-Install.sh", "scripts/002-build-nginx-Configure.sh",
            "scripts/003-test-nginx-Answers.sh"],
            Directory.EnumerateFiles(_world.Folder, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(_world.ArtifactsOf("web"), f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Events_are_kept_as_lines_of_JSON()
    {
        _world.Run("--target=Image");
        var events = File.ReadAllLines(Path.Combine(_world.ArtifactsOf("web"), "events.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.All(events, e => Assert.Equal(1, e.GetProperty("v").GetInt32()));
        Assert.All(events, e => Assert.Equal("web", e.GetProperty("recipe").GetString()));
        Assert.Equal(["Validate", "Plan", "Base", "Customize", "Disk", "TestImage", "Export", "Image"],
            events.Select(e => e.GetProperty("event")).Where(e => e.GetProperty("kind").GetString() == "stageFinished")
            .Select(e => e.GetProperty("stage").GetString()));
    }

    [Fact]
    public void Clean_removes_images_and_what_no_recipe_needs_and_nothing_else()
    {
        _world.Run("--target=Image");
        _world.Write("artifacts/notes.txt", "mine");
        _world.Write("artifacts/web/drafts/notes.txt", "mine");
        _world.Plans[0] = FakeWorld.PlanOf("web", "d2");
        Assert.Equal(0, _world.Run("--target=Clean"));
        Assert.Equal(["artifacts/notes.txt", "artifacts/web/drafts/notes.txt"],
            Directory.EnumerateFiles(_world.Folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_world.Folder, f)).Order(StringComparer.Ordinal));
        Assert.Contains("Removed 2 layers", _world.Output, StringComparison.Ordinal); // the base stays
    }

    [Fact]
    public void An_artifacts_folder_that_cannot_be_written_is_a_problem()
    {
        File.WriteAllText(Path.Combine(_world.Folder, "file"), "");
        Assert.Equal((int)ExitCode.Prerequisites, _world.Run("--target=Image", $"--artifacts={_world.Folder}/file"));
        Assert.Contains("IB3004", _world.Error, StringComparison.Ordinal);
    }
}
