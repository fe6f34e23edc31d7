using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.Program;

/// <summary>The whole output of a run, as a person sees it.</summary>
public sealed partial class ConsoleTests : IDisposable
{
    private readonly FakeWorld _world = new();

    public ConsoleTests()
    {
        _world.Plans.Add(FakeWorld.PlanOf("debian-12-minimal", "d1", "Boots"));
        _world.Plans.Add(FakeWorld.PlanOf("debian-12-web", "d2", "Boots", "Answers over HTTP"));
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_first_run_in_a_log()
    {
        _world.Run("--target=Image");
        Golden.Check(_world.Shown, "first-run.txt");
    }

    [Fact]
    public void A_second_run_in_a_log()
    {
        _world.Run("--target=Image");
        _world.Run("--target=Image");
        Golden.Check(_world.Shown, "second-run.txt");
    }

    [Fact]
    public void A_first_run_on_a_terminal()
    {
        _world.OnTerminal = true;
        _world.Run("--target=Image");
        var frames = Frames().Replace(_world.Shown, m => m.Groups["frame"].Captures.First().Value + "...\n");
        Golden.Check(frames.Replace("\e", "<ESC>", StringComparison.Ordinal).Replace("\r", "<CR>", StringComparison.Ordinal),
            "first-run-terminal.txt");
    }

    // A live line is written four times a second: the first one stands for all.
    [GeneratedRegex("(?<frame>\r\e\\[K\e\\[2m[^\r\n]*?\e\\[0m)+")]
    private static partial Regex Frames();

    [Fact]
    public void A_failed_step_and_a_failed_test()
    {
        _world.Engine.FailingTests.Add("Answers over HTTP");
        _world.Engine.On = (where, plan) =>
        {
            if (plan.Recipe == "debian-12-minimal" && where.EndsWith("Configure",
                StringComparison.Ordinal)) throw FakeEngine.Failed(plan, where);
        };
        _world.Run("--target=Image", "--mirror=file:/srv/my mirror");
        Golden.Check(_world.Shown, "failed-run.txt");
    }

    [Fact]
    public void A_stopped_run()
    {
        _world.Engine.On = (where, _) =>
        {
            if (where != "Disk") return;
            _world.Stop.Cancel();
            throw new OperationCanceledException();
        };
        _world.Run("--target=Image", "--recipe=debian-12-web");
        Golden.Check(_world.Shown, "stopped-run.txt");
    }

    [Fact]
    public void Plain_output_has_no_escape_codes()
    {
        _world.Run("--target=Image");
        Assert.DoesNotContain('\e', _world.Shown);
        Assert.DoesNotContain('\r', _world.Shown);
    }

    [Fact]
    public void The_summary_of_many_recipes_has_25_lines_at_most()
    {
        for (var i = 0; i < 25; i++) _world.Plans.Add(FakeWorld.PlanOf($"recipe-{i:00}", $"d{i + 3}"));
        _world.Run("--target=Image", "--no-report");
        var lines = _world.Output.Split('\n');
        Assert.InRange(lines.Length - Array.FindLastIndex(lines, l => l.StartsWith("  ", StringComparison.Ordinal)) - 3, 2, 25);
    }
}
