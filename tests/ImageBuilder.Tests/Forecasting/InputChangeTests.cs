using ImageBuilder.Forecasting;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Tests.Forecasting;

public sealed class InputChangeTests
{
    [Fact]
    public void What_people_change_is_said_and_not_the_script_that_follows_from_it() => Assert.Equal(["parameter Port: 8080 → 9090"],
        Between(new() { ["parameter Port"] = "8080", ["script"] = "a 8080" }, new() { ["parameter Port"] = "9090", ["script"] = "a 9090" }));

    [Theory]
    [InlineData("script", "a\nb\nc", "a\nB\nc", "script line 2: - b + B")]
    [InlineData("script", "a\nc", "a\nb\nc", "script line 2: + b")]
    [InlineData("script", "a\nb\nc", "a\nc", "script line 2: - b")]
    [InlineData("inner/build/Write: script", "a", "b", "inner/build/Write: script line 1: - a + b")]
    [InlineData("packages", "bash dash", "bash zsh", "packages: - dash + zsh")]
    [InlineData("file page", "sha256 a (3 bytes, mode 644)", "sha256 b (4 bytes, mode 644)", "file page: sha256 a (3 bytes, mode 644) → sha256 b (4 bytes, mode 644)")]
    [InlineData("loop", "one\ntwo", "", "loop: one⏎two → (nothing)")]
    [InlineData("secret /password", "version 1", "version 2", "secret /password: version 1 → version 2")]
    [InlineData("loop", "for each of [a]", null, "loop: for each of [a] is gone")]
    [InlineData("file page", null, "sha256 a", "file page: sha256 a is new")]
    public void A_change_is_one_line_with_old_and_new(string name, string? old, string? now, string shown) =>
        Assert.Equal([shown], Between(Inputs(name, old), Inputs(name, now)));

    [Fact]
    public void Of_a_secret_the_record_has_the_version_and_of_a_nested_step_its_name()
    {
        var inner = Step("Write", "echo inner") with { Outer = "build.Run/", Secrets = [new StepSecret("/password", "7")] };
        var step = Step("Run", "") with { Documents = [new PlannedDocument("inner", "", "inner.yml", [new PlannedPhase("build", [inner])])] };
        Assert.Equal([("inner/build/Write: script", "echo inner"), ("inner/build/Write: secret /password", "version 7"), ("script", "")],
            PlanInputs.Of(step).Select(i => (i.Key, i.Value)));
    }

    [Fact]
    public void The_median_of_the_last_five_runs_is_expected()
    {
        var times = StepTimes.None;
        foreach (var seconds in (double[])[100, 1, 2, 9, 3, 4]) times = times.With(new Dictionary<string, double> { ["Disk web"] = seconds });
        Assert.Equal((3.0, null, 4.0, null), (times.Expected("Disk web"), times.Expected("Disk api"), times.Like("Disk "), times.Like("Export ")));
    }

    private static IEnumerable<string> Between(Dictionary<string, string> old, Dictionary<string, string> now) =>
        InputChange.Between(new PartInputs("Customize", "a/build/b", "1", old), new PartInputs("Customize", "a/build/b", "2", now)).Select(c => c.ToString());

    private static Dictionary<string, string> Inputs(string name, string? value) => value is null ? [] : new() { [name] = value };

    private static PlannedStep Step(string name, string script) => new()
    {
        Component = "app",
        ComponentVersion = "1.0.0",
        Phase = "build",
        Name = name,
        Action = "ExecuteBash",
        Script = Script.Of("# head\n\n" + script),
        At = new Place("component.yml"),
    };
}
